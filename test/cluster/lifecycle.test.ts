import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../../src/api/ids.ts';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import type { Operator } from './operator.ts';

const patchStatus = (c: Cluster, name: string, status: object) =>
  c.kubectl(
    ...['patch', 'csgb', name, '--subresource=status', '--type=merge', '-p'],
    JSON.stringify({ status }),
  );

describeCluster('a binding in a cluster', { instances: 12 }, (cluster) => {
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);

  let running: Operator | undefined;

  it('is applied, converged and reported Ready, with kubectl alone', async () => {
    const c = cluster();
    running = c.operator();
    await c.apply('web', { instanceIds: c.cloud.instances.slice(0, 3), sgIds: groups(c, 0, 1) });
    await c.ready('web');
    for (const id of c.cloud.instances.slice(0, 3)) expect(c.cloud.list(id)).toBe(groups(c, 0, 1).join(' '));
    expect((await c.binding('web')).status).toMatchObject({ observedGeneration: 1, inSyncCount: 3 });
  });

  it('follows an edit that only changes the order', async () => {
    const c = cluster();
    await c.apply('web', { instanceIds: c.cloud.instances.slice(0, 3), sgIds: groups(c, 1, 0) });
    await until(
      'the reorder',
      () => c.cloud.list(c.cloud.instances[0] as string) === groups(c, 1, 0).join(' '),
    );
    await c.ready('web');
    expect((await c.binding('web')).status?.observedGeneration).toBe(2);
  });

  it('tells in the status what was written, newest first, with the status that is written anyway', async () => {
    const c = cluster();
    const { status } = await c.binding('web');
    const ids = c.cloud.instances.slice(0, 3);
    const entry = { outcome: 'accepted', instanceCount: 3, instanceIds: ids };
    expect(status?.history?.slice(0, 2)).toMatchObject([
      { ...entry, cause: 'declared', generation: 2, before: groups(c, 0, 1), after: groups(c, 1, 0) },
      { generation: 1, after: groups(c, 0, 1), requestId: expect.stringMatching(/./) },
    ]);
    expect(status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
  });

  it('answers kubectl get with what one wants to know', async () => {
    const c = cluster();
    const [header, row] = (await c.kubectl('get', 'csgb', 'web')).split('\n');
    expect(header).toMatch(/NAME\s+READY\s+REASON\s+MODE\s+IN SYNC\s+INSTANCES\s+SINCE\s+REGION\s+AGE/);
    expect(row).toMatch(/web\s+True\s+InSync\s+Enforce\s+3\s+3/);
  });

  it('writes no status while nothing changes', async () => {
    const c = cluster();
    const before = (await c.binding('web')).metadata.resourceVersion;
    await c.kubectl('annotate', 'csgb', 'web', 'note=unrelated', '--overwrite');
    const annotated = (await c.binding('web')).metadata.resourceVersion;
    await c.apply('other', { instanceIds: [c.cloud.instances[5]], sgIds: groups(c, 2) });
    await c.ready('other');
    expect(annotated).not.toBe(before);
    expect((await c.binding('web')).metadata.resourceVersion).toBe(annotated);
  });

  it('writes again what somebody else changed in a status, and says the same as before', async () => {
    const c = cluster();
    const { status } = await c.binding('web');
    const edit = {
      inSyncCount: 0,
      conditions: status?.conditions?.map((one) => ({ ...one, status: 'False', reason: 'Denied' })),
    };
    await patchStatus(c, 'web', edit);
    await until('the edit to be gone', async () => (await c.binding('web')).status?.inSyncCount === 3);
    const mended = await c.binding('web');
    // For whoever watches, Ready has just become True again.
    const untimed = (one: typeof status) => ({
      ...one,
      conditions: one?.conditions?.map((condition) => ({ ...condition, lastTransitionTime: '' })),
    });
    expect(untimed(mended.status)).toEqual(untimed(status));
    await c.kubectl('annotate', 'csgb', 'web', 'note=again', '--overwrite');
    const annotated = (await c.binding('web')).metadata.resourceVersion;
    await patchStatus(c, 'other', { conditions: [] });
    await c.ready('other');
    expect((await c.binding('web')).metadata.resourceVersion).toBe(annotated);
  });

  it('keeps kubectl wait waiting while it cannot be Ready, and says why', async () => {
    const c = cluster();
    await c.apply('missing', { instanceIds: ['ins-nosuch00'], sgIds: groups(c, 0) });
    await expect(c.ready('missing', '3s')).rejects.toThrow(/timed out/);
    const stalled = (await c.binding('missing')).status?.conditions?.find((one) => one.type === 'Stalled');
    expect(stalled).toMatchObject({ status: 'True', reason: 'NotFound' });
    expect(stalled?.message).toContain('ins-nosuch00');
  });

  it('tells a second claimant who owns the instance, and hands it over when the owner goes', async () => {
    const c = cluster();
    const id = c.cloud.instances[6] as string;
    await c.apply('first', { instanceIds: [id], sgIds: groups(c, 0) });
    await c.ready('first');
    await c.apply('second', { instanceIds: [id], sgIds: groups(c, 3) });
    await until('the conflict', async () =>
      (await c.binding('second')).status?.conditions?.some(
        (one) => one.type === 'Conflicted' && one.message.includes('default/first'),
      ),
    );
    expect(c.cloud.list(id)).toBe(groups(c, 0).join(' '));
    await c.kubectl('delete', 'csgb', 'first');
    await until('the takeover', () => c.cloud.list(id) === groups(c, 3).join(' '));
    await c.ready('second');
  });

  it('lets go of its instances when it is deleted, and leaves their groups as they are', async () => {
    const c = cluster();
    await c.kubectl('delete', 'csgb', 'web', '--timeout=10s');
    await c.apply('after', { instanceIds: [c.cloud.instances[7]], sgIds: groups(c, 4) });
    await c.ready('after');
    expect(c.cloud.list(c.cloud.instances[0] as string)).toBe(groups(c, 1, 0).join(' '));
  });

  it('tells in an event what a person should know', async () => {
    const c = cluster();
    c.cloud.simulator.state.setList(c.cloud.instances[7] as InstanceId, groups(c, 3) as SecurityGroupId[]);
    await c.kubectl('annotate', 'csgb', 'after', 'cvmsg.dev/reconcile-requested-at=drift', '--overwrite');
    const events = await until('the event', async () => {
      const text = await c.kubectl(
        'get',
        'events.events.k8s.io',
        '-o',
        'jsonpath={range .items[*]}{.type} {.reason} {.regarding.name}{"\\n"}{end}',
      );
      return text.includes('Warning DriftFound after') && text;
    });
    expect(events).toContain('Normal InSync web');
    expect(events).toContain('Normal Written web');
    expect(events).toContain('Warning NotFound missing');
  });

  it('writes no status and no list after a restart when all is in sync', async () => {
    const c = cluster();
    await running?.stop('SIGTERM');
    const { history } = (await c.binding('other')).status ?? {};
    expect(history).toHaveLength(1);
    const versions = () =>
      c.kubectl(
        'get',
        'csgb',
        '-o',
        'jsonpath={range .items[*]}{.metadata.name}={.metadata.resourceVersion} {end}',
      );
    const before = (await versions()).trim().split(' ');
    const { calls, state } = c.cloud.simulator;
    const [reads, writes] = [calls.count('DescribeInstances'), state.history.length];
    const operator = c.operator();
    await until('the first reads', () => calls.count('DescribeInstances') > reads);
    await c.apply('last', { instanceIds: [c.cloud.instances[8]], sgIds: groups(c, 5) });
    await c.ready('last');
    expect((await versions()).split(' ')).toEqual(expect.arrayContaining(before));
    expect(state.history.length).toBe(writes + 1);
    expect((await c.binding('other')).status?.history).toEqual(history);
    await patchStatus(c, 'other', { conditions: [], instances: [] });
    await c.ready('other');
    await operator.stop();
  });

  it('follows a directory beside the objects, and tells the owners apart', async () => {
    const c = cluster();
    const folder = mkdtempSync(join(tmpdir(), 'cvmsg-both-'));
    const [mine, shared] = [c.cloud.instances[9] as string, c.cloud.instances[8] as string];
    writeFileSync(
      join(folder, 'both.yaml'),
      `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\nmetadata: { name: last }\n` +
        `spec: { region: ap-guangzhou, instanceIds: [${mine}, ${shared}], sgIds: [${groups(c, 6)}] }\n`,
    );
    const operator = c.operator({ args: ['--source', folder] });
    await until('the directory', () => c.cloud.list(mine) === groups(c, 6).join(' '));
    await c.ready('last');
    expect(c.cloud.list(shared)).toBe(groups(c, 5).join(' '));
    await operator.stop();
  });

  it('ends within its time on SIGTERM and gives its leases back', async () => {
    const c = cluster();
    // In the middle of its first requests too, whichever those are.
    for (let start = 0; start < 10; start++) {
      const operator = c.operator();
      await until('the standby', () => operator.log().includes('keeps what'));
      expect(await operator.stop('SIGTERM'), operator.log()).toBe(0);
    }
  });
});
