/** One call outside a dispatcher: waits for its quota and tries again for as long as the failure may pass. */
import type { CloudError, CloudErrorKind } from '../core/cloud-error.ts';
import { backoffMs } from '../core/retry.ts';
import type { CloudResult } from '../ports/cloud.ts';
import type { Clock } from '../runtime/clock.ts';
import type { QuotaBucket } from '../runtime/quota-bucket.ts';
import { freeSlot } from '../runtime/quota-bucket.ts';
import type { Random } from '../runtime/random.ts';

export interface PacedCallOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly bucket: QuotaBucket;
  readonly signal: AbortSignal;
}

/** The answer, or the failure that stayed. Rejects only when the signal aborts. @param call makes one attempt. */
export async function pacedCall<T>(
  call: (signal: AbortSignal) => Promise<CloudResult<T>>,
  options: PacedCallOptions,
): Promise<CloudResult<T>> {
  const { bucket, clock, random, signal } = options;
  const failures = new Map<CloudErrorKind, number>();
  for (;;) {
    await freeSlot(options);
    bucket.start(clock.now());
    let throttled = false;
    let result: CloudResult<T>;
    try {
      result = await call(signal);
      throttled = !result.ok && result.error.kind === 'throttled';
    } finally {
      bucket.finish(clock.now(), { throttled });
    }
    if (result.ok) return result;
    const { kind } = result.error;
    const attempt = (failures.get(kind) ?? 0) + 1;
    failures.set(kind, attempt);
    if (attempt >= mostAttempts(result.error)) return result;
    // The bucket waits for a throttled call; after a corrected clock or key, and on the other API, there is nothing to wait for.
    const again = ['throttled', 'credential', 'clock', 'retired'].includes(kind);
    if (!again) await clock.sleep(backoffMs(attempt, random.next()), signal);
  }
}

/** How often a call may fail in one way before that is told. */
function mostAttempts({ kind, sent }: CloudError): number {
  switch (kind) {
    case 'throttled':
      return 20;
    case 'network':
    case 'transient':
    case 'partial':
      return sent ? 5 : 3;
    case 'credential':
    case 'clock':
    case 'retired':
      return 2;
    case 'blocked':
    case 'denied':
    case 'invalid':
    case 'region':
    case 'not-found':
    case 'quota':
      return 1;
    default:
      return kind satisfies never;
  }
}
