import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Pass, QuotaBucket } from './quota-bucket.ts';

interface Traffic {
  /** Calls that want to leave, by time. */
  readonly arrivalsMs: readonly number[];
  /** Of each call in turn: the way there and the way back. */
  readonly latencies: readonly (readonly [number, number])[];
  /** Which of them are urgent, in turn; absent: none. */
  readonly urgent?: readonly boolean[];
}

/** Plays calls through a bucket as a dispatcher does, and returns when the server counted each and when each left. */
function play(bucket: QuotaBucket, { arrivalsMs, latencies, urgent = [false] }: Traffic) {
  const counted: number[] = [];
  const left: number[] = [];
  const replies: { readonly atMs: number; readonly pass: Pass }[] = [];
  let nowMs = 0;
  for (const [index, arrivalMs] of arrivalsMs.entries()) {
    nowMs = Math.max(nowMs, arrivalMs);
    const isUrgent = urgent[index % urgent.length] ?? false;
    for (;;) {
      while ((replies[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
        const { atMs, pass } = replies.shift() as (typeof replies)[number];
        bucket.finish(atMs, { throttled: false, pass });
      }
      const atMs = bucket.availableAtMs(nowMs, { urgent: isUrgent });
      if (atMs !== undefined && atMs <= nowMs) break;
      nowMs = Math.min(
        atMs === undefined ? Number.POSITIVE_INFINITY : Math.ceil(atMs),
        replies[0]?.atMs ?? Number.POSITIVE_INFINITY,
      );
    }
    const pass = bucket.start(nowMs, { urgent: isUrgent });
    const [there, back] = latencies[index % latencies.length] as readonly [number, number];
    left.push(nowMs);
    counted.push(nowMs + there);
    replies.push({ atMs: nowMs + there + back, pass });
    replies.sort((a, b) => a.atMs - b.atMs);
  }
  return { counted, left };
}

function busiestWindow(timesMs: readonly number[], offsetMs: number): number {
  const windows = new Map<number, number>();
  for (const time of timesMs) {
    const window = Math.floor((time + offsetMs) / 1_000);
    windows.set(window, (windows.get(window) ?? 0) + 1);
  }
  return Math.max(0, ...windows.values());
}

const delay = fc.integer({ min: 0, max: 700 });

describe('QuotaBucket', () => {
  it('never lets a window of the server hold more calls than the limit, wherever its edges lie', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 150 }),
        fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 999 }),
        fc.boolean(),
        fc.array(fc.boolean(), { minLength: 1 }),
        fc.nat({ max: 5 }),
        (limit, gaps, latencies, offsetMs, flood, urgent, express) => {
          let atMs = 0;
          const arrivalsMs = gaps.map((gap) => {
            if (!flood) atMs += gap;
            return atMs;
          });
          const bucket = new QuotaBucket({ limit, express: Math.min(express, limit - 1) });
          const { counted } = play(bucket, { arrivalsMs, latencies, urgent });
          expect(counted).toHaveLength(arrivalsMs.length);
          expect(busiestWindow(counted, offsetMs)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('lets at least limit / (1 s + latency) calls through a second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), delay, delay, (limit, there, back) => {
        const calls = limit * 8;
        const arrivalsMs = Array.from({ length: calls }, () => 0);
        const { left } = play(new QuotaBucket({ limit }), { arrivalsMs, latencies: [[there, back]] });
        const lastMs = left.at(-1) as number;
        // The clock has whole milliseconds, of which each round of the limit may lose one a call.
        const roundMs = 1_000 + there + back + limit;
        expect(lastMs).toBeLessThanOrEqual(Math.ceil(calls / limit) * roundMs);
      }),
    );
  });

  it('lets a lone call leave at once, and one more of a small burst', () => {
    const bucket = new QuotaBucket({ limit: 10 });
    expect(bucket.availableAtMs(5)).toBe(5);
    bucket.start(5);
    expect(bucket.availableAtMs(5)).toBe(5);
    bucket.start(5);
    expect(bucket.availableAtMs(5)).toBe(105);
  });

  it('lets an urgent call leave at once while others fill what is theirs, and only so many', () => {
    const bucket = new QuotaBucket({ limit: 10, express: 2 });
    for (let n = 0; n < 8; n++) bucket.start(bucket.availableAtMs(n * 125) as number);
    expect(bucket.availableAtMs(900), 'an ordinary call').toBeUndefined();
    for (let n = 0; n < 2; n++) {
      expect(bucket.availableAtMs(900, { urgent: true })).toBe(900);
      expect(bucket.start(900, { urgent: true })).toBe('express');
    }
    expect(bucket.availableAtMs(900, { urgent: true })).toBeUndefined();
    bucket.finish(930, { throttled: false, pass: 'express' });
    expect(bucket.availableAtMs(930, { urgent: true })).toBe(1_930);
  });

  it('keeps nothing for urgent calls while the server throttles', () => {
    const bucket = new QuotaBucket({ limit: 10, express: 2 });
    bucket.finish(0, { throttled: true, pass: bucket.start(0) });
    for (let n = 0; n < 6; n++) bucket.start(bucket.availableAtMs(3_000 + n * 167) as number);
    expect(bucket.availableAtMs(4_000, { urgent: true })).toBeUndefined();
  });

  it('waits for a reply while every slot is taken, and one window longer', () => {
    const bucket = new QuotaBucket({ limit: 1 });
    bucket.start(0);
    expect(bucket.availableAtMs(5_000)).toBeUndefined();
    bucket.finish(5_000, { throttled: false });
    expect(bucket.availableAtMs(5_000)).toBe(6_000);
  });

  it('slows down by a third and pauses when it is throttled, once for calls that left together', () => {
    const bucket = new QuotaBucket({ limit: 9 });
    for (let n = 0; n < 3; n++) bucket.start(0);
    for (let n = 0; n < 3; n++) bucket.finish(50, { throttled: true });
    expect(bucket.allowed).toBe(6);
    expect(bucket.availableAtMs(50)).toBeGreaterThanOrEqual(1_050);
  });

  it('pauses longer each time in a row, up to a bound, and never stops for good', () => {
    const bucket = new QuotaBucket({ limit: 9 });
    const pauses: number[] = [];
    let nowMs = 0;
    for (let n = 0; n < 8; n++) {
      bucket.start(nowMs);
      bucket.finish(nowMs, { throttled: true });
      const nextMs = bucket.availableAtMs(nowMs) as number;
      pauses.push(nextMs - nowMs);
      nowMs = nextMs;
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000]);
    expect(bucket.allowed).toBe(1);
  });

  it('wins one call a window back for each quiet stretch, up to the limit', () => {
    const bucket = new QuotaBucket({ limit: 6 });
    bucket.start(0);
    bucket.finish(0, { throttled: true });
    const allowed = [5_999, 6_000, 11_000, 600_000].map((nowMs) => {
      bucket.availableAtMs(nowMs);
      return bucket.allowed;
    });
    expect(allowed).toEqual([4, 5, 6, 6]);
  });

  it('knows when the next call may leave after an urgent one outlived a slowdown', () => {
    const bucket = new QuotaBucket({ limit: 2, express: 1 });
    bucket.start(0);
    expect(bucket.start(0, { urgent: true })).toBe('express');
    bucket.finish(10, { throttled: true });
    bucket.finish(2_000, { throttled: false, pass: 'express' });
    expect(bucket.allowed).toBe(1);
    expect(bucket.availableAtMs(2_000)).toBe(3_000);
    expect(bucket.availableAtMs(2_000, { urgent: true })).toBe(3_000);
  });

  it('holds the slots of calls that it remembers for one window, and never more than there are', () => {
    const bucket = new QuotaBucket({ limit: 3 });
    bucket.remember(2, 500);
    bucket.start(500);
    expect(bucket.availableAtMs(500)).toBe(1_500);
    bucket.finish(600, { throttled: false });
    bucket.remember(1_000, 700);
    expect(bucket.availableAtMs(700)).toBe(1_500);
    expect(bucket.availableAtMs(1_700)).toBe(1_700);
  });

  it('holds every slot for calls that it remembers, however long nobody has asked for one', () => {
    const bucket = new QuotaBucket({ limit: 1 });
    bucket.start(0);
    bucket.finish(10, { throttled: false });
    bucket.remember(1, 60_000);
    expect(bucket.availableAtMs(60_000)).toBe(61_000);
  });

  it('refuses a limit of less than one call', () => {
    for (const limit of [0, -1, Number.NaN]) expect(() => new QuotaBucket({ limit })).toThrow(RangeError);
    expect(() => new QuotaBucket({ limit: 2, express: 2 })).toThrow(RangeError);
  });
});
