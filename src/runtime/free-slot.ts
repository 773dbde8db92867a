/** Waits for the quota where a call is made outside a dispatcher. */
import type { Clock } from './clock.ts';
import type { QuotaBucket } from './quota-bucket.ts';

/** Looks for a free slot while every slot waits for a reply. */
const SLOT_POLL_MS = 20;

export interface FreeSlotOptions {
  readonly bucket: QuotaBucket;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Resolves when a call may leave now. Rejects with the signal's reason when it aborts. */
export async function freeSlot(
  { bucket, clock, signal }: FreeSlotOptions,
  options: { readonly urgent?: boolean } = {},
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const nowMs = clock.now();
    const atMs = bucket.availableAtMs(nowMs, options);
    if (atMs !== undefined && atMs <= nowMs) return;
    await clock.sleep(atMs === undefined ? SLOT_POLL_MS : Math.ceil(atMs - nowMs), signal);
  }
}
