/** What kstatus, Flux, Argo CD and kubectl make of the very objects that the API server holds. */
import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { argoHealth } from '../packaging/argocd-health.ts';
import { type BindingObject, type Cluster, describeCluster } from './cluster.ts';
import { compute, fluxWaits, KSTATUS } from './control-plane/kstatus.ts';
import { another, differing, group, HEALTH_STORIES, instance, WRITE } from './health-stories.ts';
import type { Operator } from './operator.ts';

const TO_CURRENT = ['InProgress Progressing', 'Current Healthy'];
const PATH = '/apis/cvmsg.dev/v1alpha1/namespaces/default/cvmsecuritygroupbindings';

interface Version extends BindingObject {
  readonly spec: { readonly sgIds: readonly string[] };
  readonly status?: BindingObject['status'] & {
    readonly instances?: readonly { readonly sgIds?: readonly string[] }[];
  };
}

const readyOf = ({ status }: BindingObject) => status?.conditions?.find(({ type }) => type === 'Ready');

/** What kstatus and Argo CD say of one object. */
async function checked(object: object): Promise<string> {
  const [kstatus] = await compute([object]);
  return `${kstatus?.status} ${argoHealth(object).status}`;
}

/** Every version of an object after another one, as the API server told its watchers. */
async function versionsSince(c: Cluster, name: string, resourceVersion: string): Promise<Version[]> {
  const query = `watch=1&resourceVersion=${resourceVersion}&fieldSelector=metadata.name%3D${name}&timeoutSeconds=1`;
  const events = await c.kubectl('get', '--raw', `${PATH}?${query}`);
  return events
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { object: Version }).object);
}

/** The statuses over those versions, each once in a row. Nothing is Current with another list than the declared one. */
async function statusesSince(c: Cluster, name: string, resourceVersion: string): Promise<string[]> {
  const versions = await versionsSince(c, name, resourceVersion);
  const statuses = (await compute(versions)).map(({ status }, index) => {
    const version = versions[index] as Version;
    return { version, reported: `${status} ${argoHealth(version).status}` };
  });
  for (const { version, reported } of statuses) {
    if (!reported.startsWith('Current')) continue;
    for (const { sgIds } of version.status?.instances ?? []) expect(sgIds).toEqual(version.spec.sgIds);
  }
  return statuses
    .map(({ reported }) => reported)
    .filter((reported, index, all) => reported !== all[index - 1]);
}

describeCluster('the health of a binding', { instances: 16, program: KSTATUS }, (cluster) => {
  let running: Operator | undefined;
  const start = () => {
    running = cluster().operator({ args: ['--api', 'v3', '--interval', '10s'] });
  };
  const flux = (timeout: string, ...names: readonly string[]) =>
    fluxWaits(cluster().plane.kubeconfig, timeout, ...names.map((name) => `default/${name}`));
  const reasoned = (name: string, reason: string) =>
    until(`${reason} of ${name}`, async () => {
      const object = await cluster().binding(name);
      const { metadata, status } = object;
      return (
        status?.observedGeneration === metadata.generation && readyOf(object)?.reason === reason && object
      );
    });
  /** Applies another spec and returns the version before it. */
  const edited = async (name: string, spec: object) => {
    const { resourceVersion } = (await cluster().binding(name)).metadata;
    await cluster().apply(name, spec);
    return resourceVersion;
  };

  it('is InProgress before a controller has looked at it, and kubectl waits', async () => {
    const c = cluster();
    await c.apply('fresh', differing(c, 9));
    const object = await c.binding('fresh');
    expect(readyOf(object)).toBeUndefined();
    expect(await checked(object)).toBe('InProgress Progressing');
    await expect(c.ready('fresh', '1s')).rejects.toThrow(/timed out waiting/);
  });

  it('lets Flux wait until the cloud has the list, and no longer', async () => {
    const c = cluster();
    const [sgId] = another(c, 9);
    const waited = flux('60s', 'fresh').then(() => c.cloud.list(instance(c, 9)));
    start();
    expect(await waited).toBe(sgId);
    await c.ready('fresh', '1s');
  });

  it.each(HEALTH_STORIES)('is $kstatus.0 and $argo.0 when it is $state', async (story) => {
    const c = cluster();
    await c.apply(story.name, story.spec(c));
    const object = await reasoned(story.name, story.reason);
    expect(readyOf(object)?.status).toBe(story.ready);
    const [kstatus] = await compute([object]);
    expect([kstatus?.status, kstatus?.message]).toEqual([
      story.kstatus[0],
      expect.stringMatching(story.kstatus[1]),
    ]);
    expect(argoHealth(object)).toEqual({
      status: story.argo[0],
      message: expect.stringMatching(story.argo[1]),
    });
  });

  it.each(['missing', 'second', 'unknown-group', 'held-missing'])(
    'makes Flux fail at once when it is stalled, as %s is',
    async (name) => {
      await expect(flux('60s', name)).rejects.toThrow(
        `failed early due to stalled resources: [CvmSecurityGroupBinding/default/${name} status: 'Failed']`,
      );
    },
  );

  it('lets Flux wait for its timeout while it is retried, waits or is held, and say for what', async () => {
    const names = ['retrying', 'blocked', 'mixed', 'held'];
    const failure = await flux('3s', 'synced', ...names).catch(String);
    expect(failure).toContain('timeout waiting for: [');
    for (const name of names)
      expect(failure).toContain(`CvmSecurityGroupBinding/default/${name} status: 'InProgress'`);
    expect(failure).not.toContain('synced');
  });

  it('is Current only when an edit has been read back', async () => {
    const c = cluster();
    const before = await edited('synced', {
      instanceIds: [instance(c, 0)],
      sgIds: [group(c, 4), group(c, 5)],
    });
    await c.ready('synced');
    expect(await statusesSince(c, 'synced', before)).toEqual(TO_CURRENT);
  });

  it('is Current again after an edit that asks for no write', async () => {
    const c = cluster();
    const sgIds = [group(c, 4), group(c, 5)];
    const before = await edited('synced', { instanceIds: [instance(c, 0)], sgIds, interval: '1h' });
    await c.ready('synced');
    expect(await statusesSince(c, 'synced', before)).toEqual(TO_CURRENT);
  });

  it('is not Failed any more once an edit has mended it', async () => {
    const c = cluster();
    const before = await edited('unknown-group', differing(c, 4));
    await c.ready('unknown-group');
    expect(await statusesSince(c, 'unknown-group', before)).toEqual(TO_CURRENT);
  });

  it('is Failed again after an edit that does not mend it', async () => {
    const c = cluster();
    const before = await edited('missing', { instanceIds: ['ins-nosuch00'], sgIds: [group(c, 1)] });
    await reasoned('missing', 'NotFound');
    expect(await statusesSince(c, 'missing', before)).toEqual(['InProgress Progressing', 'Failed Degraded']);
  });

  it('is in progress, and Failed no more, as soon as the owner of its instance has let go', async () => {
    const c = cluster();
    const { resourceVersion } = (await c.binding('second')).metadata;
    c.cloud.simulator.faults.add({ kind: 'latency', ms: 2_000, action: WRITE, count: 1 });
    await c.kubectl('delete', 'csgb', 'synced');
    await c.ready('second');
    expect(await statusesSince(c, 'second', resourceVersion)).toEqual(TO_CURRENT);
  });

  it('is never Failed for a group that was made a moment before it', async () => {
    const c = cluster();
    const { resourceVersion } = (await c.binding('missing')).metadata;
    const fault = c.cloud.simulator.faults.add({
      kind: 'latency',
      ms: 1_000,
      action: 'DescribeSecurityGroups',
    });
    c.cloud.simulator.state.addGroup('ap-guangzhou', { securityGroupId: 'sg-newgroup0', name: 'new' });
    await c.apply('new-group', { instanceIds: [instance(c, 11)], sgIds: ['sg-newgroup0'] });
    await c.ready('new-group');
    c.cloud.simulator.faults.remove(fault.id);
    expect(await statusesSince(c, 'new-group', resourceVersion)).toEqual(TO_CURRENT);
  });

  it('is Current by a selector only when its members are known', async () => {
    const c = cluster();
    const { resourceVersion } = (await c.binding('missing')).metadata;
    const [name] = [c.cloud.simulator.state.instance(instance(c, 12))?.instanceName];
    await c.apply('selected', { instanceSelector: { namePattern: name }, sgIds: another(c, 12) });
    await c.ready('selected');
    expect(await statusesSince(c, 'selected', resourceVersion)).toEqual(TO_CURRENT);
    expect(c.cloud.list(instance(c, 12))).toBe(
      ((await c.binding('selected')) as Version).spec.sgIds.join(' '),
    );
  });

  it('is Terminating while its original lists are put back, and kubectl does not take it for Ready', async () => {
    const c = cluster();
    await c.apply('leaving', { ...differing(c, 10), deletionPolicy: 'Restore' });
    await c.ready('leaving');
    const fault = c.cloud.simulator.faults.poison(instance(c, 10), 'InternalError');
    await c.kubectl('delete', 'csgb', 'leaving', '--wait=false');
    expect(await checked(await c.binding('leaving'))).toBe('Terminating Progressing');
    await expect(c.ready('leaving', '1s')).rejects.toThrow(/timed out waiting/);
    c.cloud.simulator.faults.remove(fault.id);
    await c.kubectl('wait', '--for=delete', 'csgb/leaving', '--timeout=60s');
  });

  it('is InProgress when it was edited while no controller runs, until one has read the edit back', async () => {
    const c = cluster();
    await running?.stop();
    const before = await edited('fresh', { instanceIds: [instance(c, 9)], sgIds: [group(c, 2)] });
    const object = await c.binding('fresh');
    expect(readyOf(object)?.status).toBe('True');
    expect(await checked(object)).toBe('InProgress Progressing');
    await expect(c.ready('fresh', '1s')).rejects.toThrow(/timed out waiting/);
    start();
    await flux('60s', 'fresh');
    expect(c.cloud.list(instance(c, 9))).toBe(group(c, 2));
    expect(await statusesSince(c, 'fresh', before)).toEqual(TO_CURRENT);
  });

  it('becomes Current for Flux when the state that it waits for has come', async () => {
    const c = cluster();
    const found = c.cloud.simulator.state.instance(instance(c, 3));
    if (found !== undefined) found.state = 'RUNNING';
    await flux('60s', 'blocked');
    expect(c.cloud.list(instance(c, 3))).toBe(((await c.binding('blocked')) as Version).spec.sgIds.join(' '));
  });
});
