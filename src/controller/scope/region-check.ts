/** Finds out whether the cloud offers a region, by a call that nothing but the region can spoil. */

import { mayBeRegion } from '../../core/cloud-error.ts';
import type { CloudClient } from '../../ports/cloud.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { QuotaBucket } from '../../runtime/quota-bucket.ts';
import { freeSlot } from '../../runtime/quota-bucket.ts';
import { untilStopped } from './cloud-call.ts';

export interface RegionCheckOptions {
  readonly client: Pick<CloudClient, 'listInstances'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The quota of reads, which the call counts against. */
  readonly bucket: QuotaBucket;
}

/** Undefined when nobody can tell at present. */
export type RegionAnswer = 'offered' | 'not-offered' | undefined;

/** Lists the first page of all instances of the region, within the quota. Never rejects. */
export async function checkRegion({
  client,
  clock,
  signal,
  bucket,
}: RegionCheckOptions): Promise<RegionAnswer> {
  try {
    await freeSlot({ clock, signal, bucket }, { urgent: true });
  } catch {
    return undefined;
  }
  const pass = bucket.start(clock.now(), { urgent: true });
  const result = await untilStopped(client.listInstances({ filter: {}, offset: 0 }, signal), signal);
  bucket.finish(clock.now(), { pass, throttled: result?.ok === false && result.error.kind === 'throttled' });
  if (result === undefined) return undefined;
  // Credentials that may not list everything have been heard by the region too.
  if (result.ok || result.error.kind === 'denied') return 'offered';
  return result.error.kind === 'region' || mayBeRegion(result.error) ? 'not-offered' : undefined;
}
