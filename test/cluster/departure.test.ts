import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
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
      const { status } = await c.binding(name);
      return status?.pendingPlans?.find(({ reason }) => reason === 'BlastRadius')?.digest;
    });
    const args = ['src/main.ts', 'approve', digest, '--kubeconfig', c.plane.kubeconfig];
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

  it('is let go at once, with an event, when the Secret of its credentials is deleted as well', async () => {
    const c = cluster();
    await running?.stop();
    // One that has read the Secret a moment ago would still use it.
    const first = c.operator();
    await withSecret(c, 'pruned', { instanceIds: [c.cloud.instances[5]], sgIds: groups(c, 4, 3) });
    await first.stop();
    await c.kubectl('delete', 'secret', 'cloud', '-n', 'pruned');
    await c.kubectl('delete', 'csgb', 'web', '-n', 'pruned', '--wait=false');
    running = c.operator();
    await c.kubectl('wait', '--for=delete', 'csgb/web', '-n', 'pruned', '--timeout=40s');
    await until('the event', async () =>
      (await c.kubectl('get', 'events', '-n', 'pruned')).includes('there is no Secret "pruned/cloud"'),
    );
  });

  it('is let go at once when its whole namespace is being deleted, and the right to read the Secret first', async () => {
    const c = cluster();
    await withSecret(c, 'ending', { instanceIds: [c.cloud.instances[6]], sgIds: groups(c, 4, 3) });
    await running?.stop();
    await c.kubectl('delete', 'namespace', 'ending', '--wait=false');
    // What the controller of namespaces does, which does not run here.
    await c.kubectl('delete', 'rolebinding', 'read-it', '-n', 'ending');
    await c.kubectl('delete', 'csgb', 'web', '-n', 'ending', '--wait=false');
    running = c.operator();
    await c.kubectl('wait', '--for=delete', 'csgb/web', '-n', 'ending', '--timeout=40s');
    expect(running.log()).toContain('the namespace \\"ending\\" is being deleted');
    expect(running.log()).not.toContain('an event could not be written');
  });
});

/** Makes a namespace with an object whose credentials come from a Secret, which the controller may read. */
async function withSecret(c: Cluster, namespace: string, spec: object): Promise<void> {
  const { secretId, secretKey } = c.cloud.key;
  const inIt = ['-n', namespace];
  await c.kubectl('create', 'namespace', namespace);
  const literals = [`TENCENTCLOUD_SECRET_ID=${secretId}`, `TENCENTCLOUD_SECRET_KEY=${secretKey}`];
  const secret = literals.map((literal) => `--from-literal=${literal}`);
  await c.kubectl('create', 'secret', 'generic', 'cloud', ...secret, ...inIt);
  await c.kubectl('create', 'role', 'read-it', '--verb=get', '--resource=secrets', ...inIt);
  const account = '--serviceaccount=cvmsg-system:cvmsg';
  await c.kubectl('create', 'rolebinding', 'read-it', '--role=read-it', account, ...inIt);
  await c.apply('web', { ...spec, credentialsRef: { name: 'cloud' }, deletionPolicy: 'Restore' }, namespace);
  await c.kubectl('wait', '--for=condition=Ready', 'csgb/web', '--timeout=30s', ...inIt);
  await until('the finalizer', async () =>
    (await c.kubectl('get', 'csgb', 'web', '-o', 'yaml', ...inIt)).includes('cvmsg.dev/restore'),
  );
}

const FOREIGN = '[{"op":"add","path":"/metadata/finalizers/-","value":"test.dev/keep"}]';
