import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOUD_ERROR_KINDS, type CloudError, type CloudErrorKind } from './cloud-error.ts';
import {
  backoffMs,
  breakerEffect,
  decideRetry,
  isHopeless,
  type RetryDecision,
  SLOW_RECHECK_MS,
} from './retry.ts';

const failure = (kind: CloudErrorKind): CloudError => ({
  kind,
  api: 'v2',
  action: 'ModifySecurityGroupsOfInstance',
  code: '1',
  message: '',
  requestId: '',
  sent: true,
});
const decide = (kind: CloudErrorKind, batchSize: number, attempts = 1) =>
  decideRetry(failure(kind), { batchSize, attempts, jitter: 0 });

interface Row {
  readonly kind: CloudErrorKind;
  readonly batch: RetryDecision;
  readonly alone: RetryDecision;
  readonly effect: ReturnType<typeof breakerEffect>;
  readonly reason: string;
}

const together: RetryDecision = { split: 'together', afterMs: 0, terminal: false };
const bisect: RetryDecision = { split: 'bisect', afterMs: 0, terminal: false };
const backingOff: RetryDecision = { split: 'singly', afterMs: 500, terminal: false };
const slowly: RetryDecision = { split: 'singly', afterMs: 270_000, terminal: true };

const slowlyTogether: RetryDecision = { split: 'together', afterMs: 270_000, terminal: true };

const ROWS: readonly Row[] = [
  {
    kind: 'region',
    batch: slowlyTogether,
    alone: slowlyTogether,
    effect: 'pause-for-long',
    reason: 'no part of the batch fares better, and no other call',
  },
  {
    kind: 'throttled',
    batch: together,
    alone: together,
    effect: 'slow-down',
    reason: 'the quota says nothing of instances',
  },
  {
    kind: 'credential',
    batch: together,
    alone: together,
    effect: 'once-then-pause',
    reason: 'the key was reloaded',
  },
  {
    kind: 'clock',
    batch: together,
    alone: together,
    effect: 'once-then-pause',
    reason: 'the stamp was corrected',
  },
  {
    kind: 'retired',
    batch: together,
    alone: together,
    effect: 'once-then-pause',
    reason: 'the client has moved on',
  },
  {
    kind: 'network',
    batch: { ...together, afterMs: 500 },
    alone: { ...together, afterMs: 500 },
    effect: 'count',
    reason: 'a lost reply is rarely about one instance',
  },
  {
    kind: 'transient',
    batch: bisect,
    alone: backingOff,
    effect: 'count',
    reason: 'one instance may be at fault',
  },
  {
    kind: 'partial',
    batch: { split: 'singly', afterMs: 0, terminal: false },
    alone: backingOff,
    effect: 'none',
    reason: 'the re-read tells which ones are left',
  },
  {
    kind: 'blocked',
    batch: bisect,
    alone: { split: 'singly', afterMs: 108_000, terminal: true },
    effect: 'none',
    reason: 'the state of one instance is awaited',
  },
  { kind: 'not-found', batch: bisect, alone: slowly, effect: 'none', reason: 'one id is wrong' },
  { kind: 'quota', batch: bisect, alone: slowly, effect: 'none', reason: 'one instance is full' },
  { kind: 'invalid', batch: bisect, alone: slowly, effect: 'none', reason: 'one list is wrong' },
  {
    kind: 'denied',
    batch: bisect,
    alone: slowly,
    effect: 'count',
    reason: 'a right may be missing for one or all',
  },
];

describe('decideRetry', () => {
  it('has a row for every kind of failure', () => {
    expect(ROWS.map((row) => row.kind).sort()).toEqual([...CLOUD_ERROR_KINDS].sort());
  });

  it.each(ROWS)('$kind: $reason', ({ kind, batch, alone, effect, reason }) => {
    expect(decide(kind, 20), `a batch: ${reason}`).toEqual(batch);
    expect(decide(kind, 1), `alone: ${reason}`).toEqual(alone);
    expect(breakerEffect(kind), `the breaker: ${reason}`).toBe(effect);
  });

  it('splits a batch whose replies keep getting lost from the third time on', () => {
    expect(decide('network', 20, 2).split).toBe('together');
    expect(decide('network', 20, 3).split).toBe('bisect');
    expect(decide('network', 1, 3).split).toBe('together');
  });

  it('never gives an instance up while it shares a batch, unless all share the failure', () => {
    const kinds = CLOUD_ERROR_KINDS.filter((kind) => kind !== 'region');
    for (const kind of kinds) expect(decide(kind, 2, 50).terminal, kind).toBe(false);
  });

  it('waits within 10 % of the slow pace for what only a person can mend', () => {
    const wait = (jitter: number) =>
      decideRetry(failure('denied'), { batchSize: 1, attempts: 9, jitter }).afterMs;
    expect(wait(0)).toBe(SLOW_RECHECK_MS * 0.9);
    expect(wait(1)).toBe(SLOW_RECHECK_MS * 1.1);
  });
});

describe('backoffMs', () => {
  it('doubles from a second to a minute, and jitter takes away at most half', () => {
    expect([1, 2, 3, 6, 7, 8, 1_000].map((attempt) => backoffMs(attempt, 1))).toEqual([
      1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000,
    ]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, jitter) => {
          const full = backoffMs(attempt, 1);
          expect(backoffMs(attempt, jitter)).toBeGreaterThanOrEqual(full / 2);
          expect(backoffMs(attempt, jitter)).toBeLessThanOrEqual(full);
        },
      ),
    );
  });
});

describe('whoever reads once', () => {
  const gaveUp = (kind: CloudErrorKind, quietMs: number, attempts: number, sent = true) =>
    isHopeless({ ...failure(kind), sent }, { quietMs, attempts });

  it.each(['throttled', 'retired'] as const)('goes on when the call was %s', (kind) => {
    expect(gaveUp(kind, 1_000_000, 1_000)).toBe(false);
  });

  it.each(['network', 'transient', 'partial'] as const)(
    'gives up after a %s failure when nothing is read for long, or it fails again and again',
    (kind) => {
      expect([gaveUp(kind, 7_999, 4), gaveUp(kind, 8_000, 1), gaveUp(kind, 0, 5)]).toEqual([
        false,
        true,
        true,
      ]);
      expect([gaveUp(kind, 0, 2, false), gaveUp(kind, 0, 3, false), gaveUp(kind, 0, 0, false)]).toEqual([
        false,
        true,
        true,
      ]);
    },
  );

  it('gives up a region that is not offered at once, and keys after a second look', () => {
    expect(gaveUp('region', 0, 1)).toBe(true);
    for (const kind of ['credential', 'clock'] as const)
      expect([gaveUp(kind, 0, 1), gaveUp(kind, 0, 2), gaveUp(kind, 0, 0)]).toEqual([false, true, true]);
  });

  it.each(['denied', 'not-found', 'invalid', 'quota', 'blocked'] as const)(
    'waits a moment for the others of the batch when one is %s',
    (kind) => {
      expect([gaveUp(kind, 1_999, 9), gaveUp(kind, 2_000, 1)]).toEqual([false, true]);
    },
  );
});
