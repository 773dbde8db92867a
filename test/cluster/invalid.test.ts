import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import type { Operator } from './operator.ts';

interface Raw {
  readonly metadata: { readonly finalizers?: readonly string[] };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
    readonly instanceCount?: number;
    readonly instances?: readonly {
      readonly instanceId: string;
      readonly state: string;
      readonly originalSgIds?: readonly string[];
    }[];
  };
}

const SHORT = ['--interval', '1s'];
const CRD = 'crd/cvmsecuritygroupbindings.cvmsg.dev';
const POLICY = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/mode/enum';

describeCluster('an object that becomes invalid', { instances: 8 }, (cluster) => {
  const id = (c: Cluster, index: number) => c.cloud.instances[index] as string;
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);
  const raw = async (c: Cluster, name: string) =>
    JSON.parse(await c.kubectl('get', 'csgb', name, '-o', 'json')) as Raw;
  const declare = (c: Cluster, name: string, index: number) =>
    c.apply(name, { instanceIds: [id(c, index)], sgIds: groups(c, 4, 3), deletionPolicy: 'Restore' });
  const reported = (c: Cluster, name: string) =>
    until('the word on the document', async () =>
      (await raw(c, name)).status?.conditions?.some(({ reason }) => reason === 'InvalidDocument'),
    );
  /** What the status says of the one instance: its original list, when it is told at all. */
  const original = async (c: Cluster, name: string) => {
    const [one] = (await raw(c, name)).status?.instances ?? [];
    return one?.originalSgIds?.join(' ');
  };
  const drift = (c: Cluster, index: number) =>
    c.cloud.simulator.state.setList(id(c, index), groups(c, 1) as never);
  /** Lets the server take a mode that no schema of this program knows, as during an upgrade. */
  const loosen = (c: Cluster) =>
    c.kubectl('patch', CRD, '--type=json', '-p', JSON.stringify([{ op: 'remove', path: POLICY }]));
  const spoil = (c: Cluster, name: string) =>
    c.kubectl('patch', 'csgb', name, '--type=merge', '-p', '{"spec":{"mode":"Tomorrow"}}');

  let running: Operator | undefined;

  it('by an annotation keeps its instance, its drift is repaired and nobody else takes it', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 0));
    running = c.operator({ args: SHORT });
    await declare(c, 'web', 0);
    await c.ready('web');
    await c.kubectl('annotate', 'csgb', 'web', 'cvmsg.dev/emergency=garbage');
    await reported(c, 'web');
    await c.apply('thief', { instanceIds: [id(c, 0)], sgIds: groups(c, 2) });
    await until('the word to the second', async () =>
      (await raw(c, 'thief')).status?.conditions?.some(({ type }) => type === 'Conflicted'),
    );
    drift(c, 0);
    await until('the repair', () => c.cloud.list(id(c, 0)) === groups(c, 4, 3).join(' '));
    expect([(await raw(c, 'web')).status?.instanceCount, await original(c, 'web')]).toEqual([1, before]);
    await c.kubectl('delete', 'csgb', 'thief', '--timeout=20s');
  });

  it('and is seen so first by a new controller is in force from its spec', async () => {
    const c = cluster();
    await running?.stop('SIGKILL');
    drift(c, 0);
    running = c.operator({ args: SHORT });
    await until('the repair', () => c.cloud.list(id(c, 0)) === groups(c, 4, 3).join(' '));
  });

  it('and is deleted gets the lists from before put back', async () => {
    const c = cluster();
    const before = await original(c, 'web');
    await c.kubectl('delete', 'csgb', 'web', '--timeout=60s');
    expect(c.cloud.list(id(c, 0))).toBe(before);
  });

  it('by its spec keeps what it last validly said, and the list from before comes back at the end', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 1));
    await declare(c, 'api', 1);
    await c.ready('api');
    await loosen(c);
    await spoil(c, 'api');
    await reported(c, 'api');
    drift(c, 1);
    await until('the repair', () => c.cloud.list(id(c, 1)) === groups(c, 4, 3).join(' '));
    expect(await original(c, 'api')).toBe(before);
    await c.kubectl('delete', 'csgb', 'api', '--timeout=60s');
    expect(c.cloud.list(id(c, 1))).toBe(before);
  });

  it('while no controller runs keeps its instance unwritten, and the list from before', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 2));
    await declare(c, 'old', 2);
    await c.ready('old');
    await running?.stop('SIGKILL');
    await loosen(c).catch(() => {});
    await spoil(c, 'old');
    drift(c, 2);
    await c.apply('thief', { instanceIds: [id(c, 2)], sgIds: groups(c, 2) });
    running = c.operator({ args: SHORT });
    await reported(c, 'old');
    await until('the word to the second', async () =>
      (await raw(c, 'thief')).status?.conditions?.some(({ type }) => type === 'Conflicted'),
    );
    const { metadata, status } = await raw(c, 'old');
    expect([c.cloud.list(id(c, 2)), await original(c, 'old')]).toEqual([groups(c, 1).join(' '), before]);
    expect(metadata.finalizers).toContain('cvmsg.dev/restore');
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Stalled']);
    await c.kubectl('delete', 'csgb', 'thief', '--timeout=20s');
    await c.kubectl('delete', 'csgb', 'old', '--timeout=60s');
    expect(c.cloud.list(id(c, 2))).toBe(before);
    await running.stop();
  });
});
