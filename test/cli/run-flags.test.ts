import { describe, expect, it } from 'vitest';
import { A, bindingText, instanceId, Workspace } from './workspace.ts';

describe.concurrent('the flags of run', () => {
  it.each([
    ['--namespace', 'other'],
    ['--selector', 'team=shop'],
    ['--context', 'prod'],
    ['--kubeconfig', 'kubeconfig.yaml'],
    ['--lease-namespace', 'other'],
    ['--one-lease'],
  ])('refuse %s without --kubernetes, where it would say nothing', async (flag, ...value) => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    const ended = await workspace.run(['run', '--source', workspace.bindings, flag, ...value]);
    expect(ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `error: ${flag} (or CVMSG_RUN${flag.slice(1).replaceAll('-', '_').toUpperCase()}): is for the objects of a cluster, and only a directory is followed; add --kubernetes, or leave it out\n`,
    });
  });

  it('refuse a variable and a key of the config file that would say nothing as well', async () => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('config/cvmsg.yaml', 'run: {one-lease: true}\n');
    const args = ['run', '--source', workspace.bindings];
    for (const ended of [
      await workspace.run(args, { env: { CVMSG_RUN_NAMESPACE: 'other' } }),
      await workspace.run([...args, '--config', `${workspace.bindings}/config/cvmsg.yaml`]),
    ]) {
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(/CVMSG_RUN_(?:NAMESPACE|ONE_LEASE)\): is for the objects of a cluster/);
    }
  });

  it('refuse a second directory in place of forgetting the first', async () => {
    await using workspace = await Workspace.open([[A]]);
    const { bindings, folder } = workspace;
    const { code, stderr } = await workspace.run(['run', '--source', bindings, '--source', folder]);
    expect(stderr).toBe(
      'error: --source: Expected one, got 2; put both below one directory, or start a controller for each, with a --state-dir of its own\n',
    );
    expect(code).toBe(1);
  });
});
