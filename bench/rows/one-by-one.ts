/** The way of most controllers: read one instance, write one instance, within the quota. */

import type { InstanceId, SecurityGroupId } from '../../src/api/ids.ts';
import { createCredentialsProvider } from '../../src/cloud/credentials/provider.ts';
import { createCloudProvider } from '../../src/cloud/provider.ts';
import { createUndiciTransport } from '../../src/cloud/undici-transport.ts';
import { isReadable } from '../../src/core/model.ts';
import { sameSequence } from '../../src/core/plan.ts';
import type { CloudClient } from '../../src/ports/cloud.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { QuotaBucket } from '../../src/runtime/quota-bucket.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { Child } from '../children/child.ts';
import type { CallSummary, SimulatorAddress } from '../children/simulator.ts';
import { count, type Row, seconds } from '../row.ts';
import { documentsOf, REGION } from '../workload.ts';

const SCALED_TO = 10_000;

export const oneByOne: Row = {
  name: 'one-by-one',
  async run({ quick, progress }) {
    const instances = quick ? 50 : 300;
    const workload = { instances, lists: instances, instancesPerDocument: 1, drifted: instances };
    await using simulator = new Child('simulator', workload);
    const { url, secretId, secretKey } = await simulator.ask<SimulatorAddress>('address');
    await using transport = createUndiciTransport({ clock: systemClock, env: {} });
    const credentials = createCredentialsProvider({
      env: { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey },
      transport: transport.send,
      clock: systemClock,
    });
    const provider = createCloudProvider({
      api: 'v3',
      endpoint: url,
      transport: transport.send,
      credentials,
      clock: systemClock,
      random: systemRandom,
    });
    const client = provider.client({ account: 'default', region: REGION });
    const quota = new QuotaBucket({ limit: 10 });
    progress(`one-by-one: converging ${instances} instances`);
    for (const { instanceIds, sgIds } of documentsOf(workload)) {
      for (const id of instanceIds)
        await convergeOne(client, quota, { id: id as InstanceId, sgIds: sgIds as SecurityGroupId[] });
    }
    const { firstCallMs, lastAppliedMs, reads, writes, throttled } =
      await simulator.ask<CallSummary>('summary');
    const tookMs = lastAppliedMs - firstCallMs;
    const scaledMs = (tookMs / instances) * SCALED_TO;
    return [
      {
        what: `the same, one call for each instance: measured on ${count(instances)} instances, scaled to ${count(SCALED_TO)}`,
        measured: `${seconds(scaledMs)} (measured ${seconds(tookMs)}, ${reads} reads, ${writes} writes, ${throttled} throttled)`,
        bar: '',
        values: { tookMs, scaledMs, instances, reads, writes, throttled },
      },
    ];
  },
};

interface Demand {
  readonly id: InstanceId;
  readonly sgIds: readonly SecurityGroupId[];
}

async function convergeOne(client: CloudClient, quota: QuotaBucket, { id, sgIds }: Demand): Promise<void> {
  const { signal } = new AbortController();
  const read = await client.describeInstances([id], signal);
  if (!read.ok) throw new Error(read.error.message);
  const [row] = read.value;
  if (row !== undefined && isReadable(row) && sameSequence(row.sgIds, sgIds)) return;
  const nowMs = systemClock.now();
  await systemClock.sleep((quota.availableAtMs(nowMs) ?? nowMs) - nowMs);
  quota.start(systemClock.now());
  const written = await client.writeSecurityGroups([{ instanceId: id, sgIds }], signal);
  quota.finish(systemClock.now(), { throttled: false });
  if (!written.ok) throw new Error(written.error.message);
}
