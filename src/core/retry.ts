/**
 * The one place that decides about retries: a failed call in, what happens next out.
 *
 * | kind                    | a batch                  | one instance alone     | the dispatcher of the scope  |
 * |-------------------------|--------------------------|------------------------|------------------------------|
 * | throttled               | the same again           | the same again         | slows down                   |
 * | network                 | again, bisected from 3rd | again, backing off     | pauses when it keeps failing |
 * | transient               | bisected                 | again, backing off     | pauses when it keeps failing |
 * | partial                 | each alone               | again, backing off     | goes on                      |
 * | blocked                 | bisected                 | waits for its state    | goes on                      |
 * | not-found quota invalid | bisected                 | slow re-check          | goes on                      |
 * | denied                  | bisected                 | slow re-check          | pauses when it keeps failing |
 * | region                  | the same, slowly         | the same, slowly       | pauses at once, for long     |
 * | credential clock        | the same, once at once   | the same, once at once | then pauses                  |
 * | retired                 | the same, once at once   | the same, once at once | then pauses                  |
 *
 * Instances of a failed write are read again before any of this, unless the call certainly changed nothing
 * (`controller/scope/write-batch.ts`). The rate after a throttled call is the quota bucket's, and when an accepted write is
 * repeated stands in `decide.ts`.
 */
import type { CloudError, CloudErrorKind } from './cloud-error.ts';

/** How instances of a failed call travel on. */
export type Split = 'together' | 'bisect' | 'singly';

export interface RetryDecision {
  readonly split: Split;
  /** Wait before the instances may be written again, in milliseconds. */
  readonly afterMs: number;
  /** True when only a new declaration, a change of the instance's state or the slow re-check leads to another attempt. */
  readonly terminal: boolean;
}

/** What a kind of failure says about the dispatcher that carried the call. */
export type BreakerEffect = 'slow-down' | 'count' | 'once-then-pause' | 'pause-for-long' | 'none';

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** Pace of re-checks of what only a person or the cloud can mend. */
export const SLOW_RECHECK_MS = 300_000;
/** Whoever reads once gives a scope up whose every call fails when nothing was read for this long. */
const PATIENCE_MS = 8_000;
/** The same for a failure that repetition does not mend; other instances of its batch are read meanwhile. */
export const SHORT_PATIENCE_MS = 2_000;
/** An instance whose reads keep failing is given up after this many. */
const READ_ATTEMPTS = 5;
/** The same where the requests do not even arrive. */
const UNSENT_ATTEMPTS = 3;
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
      return { split: 'together', afterMs: 0, terminal: false };
    case 'network':
      return {
        split: !alone && attempts >= 3 ? 'bisect' : 'together',
        afterMs: backoffMs(attempts, jitter),
        terminal: false,
      };
    case 'partial':
      return { split: 'singly', afterMs: alone ? backoffMs(attempts, jitter) : 0, terminal: false };
    case 'transient':
      if (!alone) return { split: 'bisect', afterMs: 0, terminal: false };
      return { split: 'singly', afterMs: backoffMs(attempts, jitter), terminal: false };
    case 'region':
      return { split: 'together', afterMs: spread(SLOW_RECHECK_MS, jitter), terminal: true };
    case 'blocked':
      if (!alone) return { split: 'bisect', afterMs: 0, terminal: false };
      return { split: 'singly', afterMs: spread(BLOCKED_RECHECK_MS, jitter), terminal: true };
    case 'not-found':
    case 'quota':
    case 'invalid':
    case 'denied':
      if (!alone) return { split: 'bisect', afterMs: 0, terminal: false };
      return { split: 'singly', afterMs: spread(SLOW_RECHECK_MS, jitter), terminal: true };
    default:
      return error.kind satisfies never;
  }
}

/** What a failure means for the dispatcher that carried it. */
export function breakerEffect(kind: CloudErrorKind): BreakerEffect {
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

/**
 * Whether waiting longer cannot help somebody who reads once: the keys are refused, nobody answers, or this one instance
 * cannot be read.
 * @param quietMs how long nothing has been read.
 * @param attempts how often the instance has failed in a row; 0 where every call of the scope fails.
 */
export function isHopeless(
  error: CloudError,
  { quietMs, attempts }: { readonly quietMs: number; readonly attempts: number },
): boolean {
  switch (error.kind) {
    case 'throttled':
    case 'retired':
      return false;
    case 'network':
    case 'transient':
    case 'partial':
      if (!error.sent && (attempts === 0 || attempts >= UNSENT_ATTEMPTS)) return true;
      return quietMs >= PATIENCE_MS || attempts >= READ_ATTEMPTS;
    case 'region':
      return true;
    case 'credential':
    case 'clock':
      return attempts !== 1;
    case 'denied':
    case 'not-found':
    case 'invalid':
    case 'quota':
    case 'blocked':
      return quietMs >= SHORT_PATIENCE_MS;
    default:
      return error.kind satisfies never;
  }
}

function spread(ms: number, jitter: number): number {
  return Math.round(ms * (0.9 + jitter * 0.2));
}
