import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { planDigestsIn } from '../../src/api/approval.ts';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import type { Operator } from './operator.ts';

const execute = promisify(execFile);

describeCluster('an object that is being deleted', { instances: 8 }, (cluster) => {
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);
  const ready = async (c: Cluster, name: string) =>
    (await c.binding(name)).status?.conditions?.find(({ type }) => type === 'Ready');
  const approve = async (c: Cluster, name: string) => {
    const digest = await until('the digest', async () => {
      const one = await ready(c, name);
      return one?.reason === 'BlastRadius' && planDigestsIn(one.message)[0];
    });
    const args = ['src/main.ts', 'approve', digest, '--kubeconfig', c.plane.kubeconfig, '--by', 'alice'];
    const { stdout } = await execute(process.execPath, args);
    expect(stdout).toContain(`default/${name}: approved`);
  };

  let running: Operator | undefined;

  it('says that the blast radius holds it, and goes when its lists are back once somebody approved that', async () => {
    const c = cluster();
    const policy = join(c.plane.folder, 'policy.yaml');
    writeFileSync(
      policy,
      'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\nblastRadius: { share: 0%, count: 2, period: 1s }\n',
    );
    running = c.operator({ args: ['--policy', policy] });
    const ids = c.cloud.instances.slice(0, 3);
    const before = ids.map((id) => c.cloud.list(id));
    await c.apply('held', { instanceIds: ids, sgIds: groups(c, 4, 3), deletionPolicy: 'Restore' });
    await approve(c, 'held');
    await c.ready('held');
    await c.kubectl('delete', 'csgb', 'held', '--wait=false');
    await until('the word', async () => (await ready(c, 'held'))?.reason === 'BlastRadius');
    const { metadata, status } = await c.binding('held');
    expect(status?.observedGeneration).toBe(metadata.generation);
    expect(await ready(c, 'held')).toMatchObject({
      status: 'False',
      message: expect.stringContaining('being deleted; 3 instances wait for the list from before'),
    });
    const described = await c.kubectl('describe', 'csgb', 'held');
    expect(described).toMatch(/Warning\s+BlastRadius/);
    await approve(c, 'held');
    await c.kubectl('wait', '--for=delete', 'csgb/held', '--timeout=30s');
    expect(ids.map((id) => c.cloud.list(id))).toEqual(before);
  });

  it('says when nothing of ours keeps it any more, and no more than that', async () => {
    const c = cluster();
    const id = c.cloud.instances[4] as string;
    const before = c.cloud.list(id);
    await c.apply('kept', { instanceIds: [id], sgIds: groups(c, 4, 3), deletionPolicy: 'Restore' });
    await c.ready('kept');
    await c.kubectl('patch', 'csgb', 'kept', '--type=json', '-p', FOREIGN);
    await c.kubectl('delete', 'csgb', 'kept', '--wait=false');
    await until('the list from before', () => c.cloud.list(id) === before);
    await until('the word', async () =>
      (await ready(c, 'kept'))?.message.includes('no list has to be put back'),
    );
    expect(await ready(c, 'kept')).toMatchObject({ status: 'False', reason: 'Progressing' });
    await c.kubectl('patch', 'csgb', 'kept', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await c.kubectl('wait', '--for=delete', 'csgb/kept', '--timeout=30s');
    expect(running?.log()).not.toContain('a status could not be written');
  });
});

const FOREIGN = '[{"op":"add","path":"/metadata/finalizers/-","value":"test.dev/keep"}]';
