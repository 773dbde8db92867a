/** What can go wrong on purpose. */

/** The effect of a fault. The first twelve replace or spoil an answer; `latency`, `stale-reads` and `clock-skew` add to it. */
export type FaultEffect =
  /** Answers as if the quota were used up (2.0: 4400, 3.0: RequestLimitExceeded); nothing is applied. */
  | { readonly kind: 'throttle' }
  /** Answers with any code; nothing is applied. */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string }
  /** A write applies to some instances only, then fails (2.0: 5400, 3.0: FailedOperation). With `instanceIds`, those are the ones left out. */
  | { readonly kind: 'partial' }
  /** A write is accepted and never takes effect: the instance's last operation is `FAILED` afterwards. With `instanceIds`, those are the ones. */
  | { readonly kind: 'not-applied'; readonly message?: string }
  /** An HTTP status of 400 to 599 in place of an answer; nothing is applied. */
  | { readonly kind: 'http'; readonly status: number }
  /** An HTML page with status 200; nothing is applied. */
  | { readonly kind: 'html' }
  /** The answer breaks off in the middle of its JSON; a write is applied. */
  | { readonly kind: 'truncated' }
  /** The connection is reset before anything happens. */
  | { readonly kind: 'reset-before' }
  /** The connection is reset after a write was applied. */
  | { readonly kind: 'reset-after' }
  /** API 2.0 answers as a retired API does: 6100, 4300 or another code of yours, ActionOffline in 3.0-style answers. */
  | { readonly kind: 'v2-retired'; readonly code?: string }
  /** The token counts as expired (2.0: 4105, 3.0: AuthFailure.TokenFailure). */
  | { readonly kind: 'token-expired' }
  /** The answer comes later by this much. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** After a write, reads keep showing the old list for this long. */
  | { readonly kind: 'stale-reads'; readonly ms: number }
  /** The server's clock is ahead by this much (negative: behind), in the Date header and in all checks of time. */
  | { readonly kind: 'clock-skew'; readonly ms: number };

export type FaultKind = FaultEffect['kind'];

export const FAULT_KINDS: readonly FaultKind[] = [
  'throttle',
  'error',
  'partial',
  'not-applied',
  'http',
  'html',
  'truncated',
  'reset-before',
  'reset-after',
  'v2-retired',
  'token-expired',
  'latency',
  'stale-reads',
  'clock-skew',
];

/** Which calls a fault meets; what is left out matches everything. */
interface FaultScope {
  /** An action name, or `*` (the default) for every action of both APIs. The metadata endpoint must be named: `GetRoleCredential`. */
  readonly action?: string;
  readonly api?: 'v2' | 'v3';
  readonly account?: string;
  /** Long or short code. */
  readonly region?: string;
  /** Only calls that name one of these instances. */
  readonly instanceIds?: readonly string[];
  /** How many calls it meets before it is over; absent: until it is removed. */
  readonly count?: number;
  /** In (0, 1]; absent: always. */
  readonly probability?: number;
}

export type FaultSpec = FaultEffect & FaultScope;

/** A fault in force. */
export type Fault = FaultSpec & {
  readonly id: string;
  /** How many calls it met so far. */
  readonly fired: number;
};
