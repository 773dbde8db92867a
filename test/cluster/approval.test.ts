import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';

interface Reported {
  readonly status?: {
    readonly lastHandledApproval?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

describeCluster('an approval of a controller without a memory of its own', { instances: 12 }, (cluster) => {
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-approval-'));
  const policy = join(folder, 'policy.yaml');
  writeFileSync(
    policy,
    'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\nblastRadius: { share: 10%, count: 3, period: 10m }\n',
  );
  afterAll(() => rmSync(folder, { recursive: true }));

  const start = (c: Cluster) => c.operator({ args: ['--policy', policy, '--interval', '1s'] });

  /** The digest of what the blast radius holds. */
  const waiting = async (c: Cluster): Promise<string> =>
    await until('a plan that waits', async () => {
      const { status } = (await c.binding('web')) as Reported;
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.reason === 'BlastRadius' && /sha256:[0-9a-f]{64}/.exec(ready.message)?.[0];
    });

  it('is told by its object once it is taken up, and lets the same plan not pass again after a restart', async () => {
    const c = cluster();
    const members = c.cloud.instances.slice(0, 6);
    const originals = new Map(members.map((id) => [id, c.cloud.list(id).split(' ')]));
    const operator = start(c);
    const wanted = [c.cloud.groups[4] as string, c.cloud.groups[3] as string];
    await c.apply('web', { instanceIds: members, sgIds: wanted });
    const digest = await waiting(c);
    const approval = `${digest} by alice at ${new Date().toISOString()}`;
    await c.kubectl('annotate', 'csgb', 'web', `cvmsg.dev/approved-plan=${approval}`);
    await c.ready('web');
    expect(members.map((id) => c.cloud.list(id))).toEqual(members.map(() => wanted.join(' ')));
    expect(((await c.binding('web')) as Reported).status?.lastHandledApproval).toBe(approval);
    await operator.stop();
    for (const [id, list] of originals) c.cloud.simulator.state.setList(id as never, list as never);
    start(c);
    expect(await waiting(c)).toBe(digest);
    expect(members.map((id) => c.cloud.list(id).split(' '))).toEqual([...originals.values()]);
  });
});
