/**
 * The one place that decides about retries: a failed call in, what happens next out.
 *
 * | kind                        | a batch                  | one instance alone            | the lane of the scope         |
 * |-----------------------------|--------------------------|-------------------------------|-------------------------------|
 * | throttled                   | the same again           | the same again                | slows down                    |
 * | network                     | again, bisected from 3rd | again, backing off            | pauses when it keeps failing  |
 * | transient                   | bisected                 | again, backing off            | pauses when it keeps failing  |
 * | partial                     | each alone               | again, backing off            | goes on                       |
 * | blocked                     | bisected                 | waits for its state           | goes on                       |
 * | not-found quota invalid     | bisected                 | slow re-check                 | goes on                       |
 * | denied                      | bisected                 | slow re-check                 | pauses when it keeps failing  |
 * | region                      | the same, slowly         | the same, slowly              | pauses at once, for long      |
 * | credential clock            | the same, once at once   | the same, once at once        | then pauses                   |
 * | retired                     | the same, once at once   | the same, once at once        | then pauses                   |
 *
 * Instances of a failed write are read again before any of this, unless the request certainly never arrived.
 */
import type { CloudError, CloudErrorKind } from './cloud-error.ts';

/** How instances of a failed call travel on. */
export type Regroup = 'together' | 'bisect' | 'singly';

export interface RetryDecision {
  readonly regroup: Regroup;
  /** Wait before the instances may be written again, in milliseconds. */
  readonly afterMs: number;
  /** True when only a new declaration, a change of the instance's state or the slow re-check leads to another attempt. */
  readonly terminal: boolean;
}

/** What a kind of failure says about the lane that carried the call. */
export type LaneEffect = 'slow-down' | 'count' | 'once-then-pause' | 'pause-for-long' | 'none';

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** Pace of re-checks of what only a person or the cloud can mend. */
export const SLOW_RECHECK_MS = 300_000;
/** Pace of re-checks of an instance whose state forbids the write. */
const BLOCKED_RECHECK_MS = 120_000;

/** Exponential backoff with jitter: between half of and the whole of `first * 2^(attempt-1)`, at most a minute. @param jitter in [0, 1). */
export function backoffMs(attempt: number, jitter: number): number {
  const full = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 16), LONGEST_BACKOFF_MS);
  return Math.round(full * (0.5 + jitter / 2));
}

/**
 * Decides for the instances of one failed call.
 * @param attempts how often the instance has failed in a row, this time included.
 * @param jitter a random number in [0, 1).
 */
export function decideRetry(
  error: CloudError,
  context: { readonly batchSize: number; readonly attempts: number; readonly jitter: number },
): RetryDecision {
  const { batchSize, attempts, jitter } = context;
  const alone = batchSize <= 1;
  switch (error.kind) {
    case 'throttled':
    case 'credential':
    case 'clock':
    case 'retired':
      return { regroup: 'together', afterMs: 0, terminal: false };
    case 'network':
      return {
        regroup: !alone && attempts >= 3 ? 'bisect' : 'together',
        afterMs: backoffMs(attempts, jitter),
        terminal: false,
      };
    case 'partial':
      return { regroup: 'singly', afterMs: alone ? backoffMs(attempts, jitter) : 0, terminal: false };
    case 'transient':
      if (!alone) return { regroup: 'bisect', afterMs: 0, terminal: false };
      return { regroup: 'singly', afterMs: backoffMs(attempts, jitter), terminal: false };
    case 'region':
      return { regroup: 'together', afterMs: spread(SLOW_RECHECK_MS, jitter), terminal: true };
    case 'blocked':
      if (!alone) return { regroup: 'bisect', afterMs: 0, terminal: false };
      return { regroup: 'singly', afterMs: spread(BLOCKED_RECHECK_MS, jitter), terminal: true };
    case 'not-found':
    case 'quota':
    case 'invalid':
    case 'denied':
      if (!alone) return { regroup: 'bisect', afterMs: 0, terminal: false };
      return { regroup: 'singly', afterMs: spread(SLOW_RECHECK_MS, jitter), terminal: true };
    default:
      return error.kind satisfies never;
  }
}

/** What a failure means for the lane that carried it. */
export function laneEffect(kind: CloudErrorKind): LaneEffect {
  switch (kind) {
    case 'throttled':
      return 'slow-down';
    case 'network':
    case 'transient':
    case 'denied':
      return 'count';
    case 'credential':
    case 'clock':
    case 'retired':
      return 'once-then-pause';
    case 'region':
      return 'pause-for-long';
    case 'partial':
    case 'blocked':
    case 'not-found':
    case 'quota':
    case 'invalid':
      return 'none';
    default:
      return kind satisfies never;
  }
}

function spread(ms: number, jitter: number): number {
  return Math.round(ms * (0.9 + jitter * 0.2));
}
