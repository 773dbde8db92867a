import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { describeCluster } from './cluster.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describeCluster('the commands that look at a cluster', { instances: 6 }, (cluster) => {
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-readers-'));
  const instance = (index: number) => cluster().cloud.instances[index] as string;
  const group = (index: number) => cluster().cloud.groups[index] as string;
  const cvmsg = (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: cluster().plane.kubeconfig };
      execFile(process.execPath, ['src/main.ts', ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });

  beforeAll(async () => {
    const c = cluster();
    c.operator();
    await c.apply('web', { instanceIds: [instance(0), instance(1)], sgIds: [group(3), group(4)] });
    await c.apply('seen', { instanceIds: [instance(2)], sgIds: [group(3), group(4)], mode: 'Observe' });
    await c.apply('asleep', {
      instanceIds: [instance(3)],
      sgIds: [group(3)],
      suspendUntil: '2999-01-01T00:00:00Z',
    });
    await c.ready('web');
    await until('the status', async () => (await c.kubectl('get', 'csgb')).includes('Suspended until'));
    await until('the status', async () => (await c.kubectl('get', 'csgb')).includes('ObserveOnly'));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('kubectl shows in a column what is done about drift, and explains the default of mode', async () => {
    const c = cluster();
    const table = await c.kubectl('get', 'csgb');
    expect(table).toMatch(/^NAME +READY +REASON +MODE +IN SYNC/m);
    expect(table).toMatch(/^web +True +InSync +Enforce /m);
    expect(table).toMatch(/^seen +False +ObserveOnly +Observe /m);
    expect(table).toMatch(/^asleep +False +Suspended +Suspended until 2999-01-01T00:00:00Z /m);
    expect((await c.kubectl('explain', 'csgb.spec.mode')).replaceAll(/\s+/g, ' ')).toContain(
      'Default: `Enforce`, so a binding that leaves `mode` out is written.',
    );
  });

  it('an Event tells that a suspension begins, and another that it ends', async () => {
    const c = cluster();
    const events = () => c.kubectl('get', 'events', '--field-selector', 'involvedObject.name=asleep');
    await until('the event', async () => /Normal +Suspended +.*suspended until 2999/.test(await events()));
    await c.kubectl('patch', 'csgb', 'asleep', '--type=merge', '-p', '{"spec":{"suspendUntil":null}}');
    await until('the event', async () => /Normal +Resumed /.test(await events()));
    const spec = '{"spec":{"suspendUntil":"2999-01-01T00:00:00Z"}}';
    await c.kubectl('patch', 'csgb', 'asleep', '--type=merge', '-p', spec);
    await until('the status', async () => (await c.kubectl('get', 'csgb', 'asleep')).includes('until'));
  });

  it('get lists the objects, those that are not ready first, with totals', async () => {
    const { stdout, code } = await cvmsg('get', '--kubernetes');
    expect(stdout).toMatch(/^default +web +True +2\/2 +Enforce /m);
    expect(stdout).toMatch(/3 bindings: \d ready, \d not ready, 1 suspended, 1 only observed/);
    expect(stdout.indexOf('seen')).toBeLessThan(stdout.indexOf('web'));
    expect(stdout).not.toContain('No controller runs');
    expect(code).toBe(0);
    const narrowed = await cvmsg('get', '--kubernetes', '-n', 'default', '--not-ready', '-o', 'json');
    const items = (JSON.parse(narrowed.stdout) as { items: { metadata: { name: string; uid: string } }[] })
      .items;
    expect(items.map(({ metadata }) => metadata.name)).toContain('seen');
    expect(items[0]?.metadata.uid).not.toBe('');
  });

  it('why explains an instance by its object, and says what no object tells', async () => {
    const { stdout, code } = await cvmsg('why', instance(0), '--kubernetes');
    expect(stdout).toContain(`${instance(0)}  default/web`);
    expect(stdout).toMatch(/observed +\[sg-.*\n +between +nothing\n +state +InSync/);
    expect(stdout).toMatch(/why +\S.* for default\/web\n/);
    expect(stdout).toMatch(/not told +an object keeps the last ten writes/);
    expect(code).toBe(0);
    expect((await cvmsg('why', 'ins-zzzzzzzz', '--kubernetes')).stderr).toMatch(/^error: no object at http/m);
  });

  it('why asks the cloud for the rules with its own credentials, and says in one line why it cannot', async () => {
    const bare = await cvmsg('why', instance(0), '--kubernetes');
    expect(bare.stdout).toMatch(/\n {2}rules {7}not read: .*NoCredentials.*\n$/);
    const { url, key } = cluster().cloud;
    const file = join(folder, 'credentials');
    writeFileSync(file, `[default]\nsecret_id = ${key.secretId}\nsecret_key = ${key.secretKey}\n`, {
      mode: 0o600,
    });
    const flags = ['--kubernetes', '--endpoint', url, '--credentials-file', file];
    const { stdout } = await cvmsg('why', instance(2), ...flags);
    expect(stdout).toMatch(/\n {2}rules {7}\d+ ingress, \d+ egress; /);
    expect(stdout).toContain('\n  repair      writing the declared list\n');
    const json = JSON.parse((await cvmsg('why', instance(2), ...flags, '-o', 'json')).stdout);
    expect(json.traffic).toMatchObject({
      list: json.status.sgIds,
      difference: { after: json.status.sgIds },
      repair: { after: [group(3), group(4)] },
    });
  });

  it('history tells the writes that the objects keep', async () => {
    const { stdout, stderr } = await cvmsg('history', '--kubernetes', '--binding', 'default/web');
    expect(stdout).toMatch(/^TIME +INSTANCES +BINDING/m);
    expect(stdout).toMatch(new RegExp(` ${instance(0)}.* default/web `));
    expect(stderr).toContain('an object keeps the last ten writes');
    expect((await cvmsg('history', '--revisions', '--kubernetes')).stderr).toContain('keeps no revisions');
  });

  it('plan tells what the controller would still do, without asking the cloud', async () => {
    const { stdout, stderr, code } = await cvmsg('plan', '--kubernetes');
    expect(stdout).toContain(`= ${instance(2)}\n`);
    expect(stdout).toContain('held, not counted: ');
    expect(stdout).toMatch(/Plan for 3 bindings at http\S+: nothing to change, 3 in sync, 1 held\.\n/);
    expect(stderr).toContain('what the status of the objects tells');
    expect(code).toBe(0);
  });

  it('diff tells what a directory would change in the cluster', async () => {
    const c = cluster();
    const document = (name: string, spec: object) =>
      `${JSON.stringify({
        apiVersion: 'cvmsg.dev/v1alpha1',
        kind: 'CvmSecurityGroupBinding',
        metadata: { name, namespace: 'default' },
        spec: { region: 'ap-guangzhou', ...spec },
      })}\n`;
    writeFileSync(
      join(folder, 'web.yaml'),
      document('web', { instanceIds: [instance(0), instance(1)], sgIds: [group(4), group(3)] }),
    );
    const { stdout, code } = await cvmsg('diff', folder, '--kubernetes');
    expect(stdout).toContain(`~ default/web\n    move ${group(4)} 2nd -> 1st\n`);
    expect(stdout).toContain('- default/asleep');
    expect(stdout).not.toContain('file:');
    expect(stdout).toMatch(new RegExp(`^http\\S+ -> ${folder}: `, 'm'));
    expect(code).toBe(2);
    expect((await cvmsg('diff', 'a', 'b', '--kubernetes')).stderr).toContain('a cluster keeps no revisions');
    expect(c.plane.kubeconfig).not.toBe('');
  });
});
