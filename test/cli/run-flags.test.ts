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
    ['--role-binding', 'cvmsg-bindings'],
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

  it.each([
    {
      args: ['--selector', 'team:shop'],
      says: '--selector: "team:shop" is no requirement of a label selector; write "team=shop"',
    },
    {
      args: ['--namespace', 'shop', '--namespace', 'Web'],
      says: '--namespace: Expected a namespace, lower-case letters, digits and "-", at most 63, got "Web"; write "web"',
    },
    {
      args: ['--namespace', 'shop,web'],
      says: '--namespace: Expected a namespace, lower-case letters, digits and "-", at most 63, got "shop,web"; give the flag once for each namespace',
    },
    {
      args: [],
      env: { CVMSG_RUN_LEASE_NAMESPACE: 'cvmsg_system' },
      says: 'CVMSG_RUN_LEASE_NAMESPACE: Expected a namespace, lower-case letters, digits and "-", at most 63, got "cvmsg_system"; write "cvmsg-system"',
    },
  ])('refuse at the start what a server would refuse for ever: $says', async ({ args, env, says }) => {
    await using workspace = await Workspace.open([[A]]);
    const ended = await workspace.run(['run', '--kubernetes', ...args], env === undefined ? {} : { env });
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: `error: ${says}\n` });
  });

  it('refuse a RoleBinding of namespaces where all are followed', async () => {
    await using workspace = await Workspace.open([[A]]);
    const ended = await workspace.run(['run', '--kubernetes', '--role-binding', 'cvmsg-bindings']);
    expect(ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'error: --role-binding (or CVMSG_RUN_ROLE_BINDING): is for the namespaces of --namespace, and every namespace is followed; name them, or leave it out\n',
    });
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

  it.each([
    ['127.0.0.1:8090', '127.0.0.1:8090'],
    ['0.0.0.0:8090', '127.0.0.1:8090'],
    [':8090', ':8090'],
    ['[::]:8090', '10.0.0.1:8090'],
    ['[::1]:8090', '[::]:8090'],
    ['localhost:8090', 'localhost:8090'],
  ])('refuse one address for two servers, be it one of all: %s and %s', async (http, page) => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    const listen = ['--http-listen', http, '--page-listen', page];
    const ended = await workspace.run(['run', '--source', workspace.bindings, ...listen]);
    expect(ended).toMatchObject({
      code: 1,
      stderr: `error: --http-listen "${http}" and --page-listen "${page}" name one address: give one of them another port\n`,
    });
  });

  it.each([
    ['127.0.0.1:0', '127.0.0.1:0', 'any free port'],
    ['127.0.0.1:0', '127.0.0.2:0', 'two hosts'],
  ])('take %s and %s, which are two: %s', async (http, page) => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    const listen = ['--http-listen', http, '--page-listen', page];
    const program = workspace.start(['run', '--source', workspace.bindings, ...listen]);
    await program.says('1 binding, 1 added');
    expect((await program.stop()).code).toBe(0);
  });
});
