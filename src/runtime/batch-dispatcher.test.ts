import { describe, expect, it } from 'vitest';
import { BatchDispatcher } from './batch-dispatcher.ts';
import { Breaker } from './breaker.ts';
import { QuotaBucket } from './quota-bucket.ts';
import { noTelemetry } from './telemetry.ts';
import { VirtualClock } from './virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

interface Call {
  readonly atMs: number;
  readonly keys: readonly string[];
}

function makeDispatcher(
  options: {
    limit?: number;
    express?: number;
    latencyMs?: number;
    refuse?: (keys: readonly string[]) => boolean;
  } = {},
) {
  const clock = new VirtualClock(0);
  const breaker = new Breaker();
  const calls: Call[] = [];
  let throttled = false;
  const dispatcher: BatchDispatcher<string> = new BatchDispatcher<string>({
    name: 'read',
    telemetry: noTelemetry,
    clock,
    queue: new WorkQueue(),
    bucket: new QuotaBucket({ limit: options.limit ?? 10, express: options.express ?? 0 }),
    breaker,
    maxBatch: () => 100,
    mayRun: () => true,
  });
  dispatcher.serve((keys) => {
    if (options.refuse?.(keys)) return undefined;
    calls.push({ atMs: clock.now(), keys });
    const end = { throttled };
    return clock.sleep(options.latencyMs ?? 20).then(() => end);
  });
  return {
    clock,
    breaker,
    calls,
    dispatcher,
    throttle: (on: boolean) => {
      throttled = on;
    },
  };
}
const many = (count: number, prefix = 'k') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('BatchDispatcher', () => {
  it('lets other work go on while much that waits needs no call any more', async () => {
    let dropped = 0;
    const refuse = (keys: readonly string[]) => {
      dropped += keys.length;
      return true;
    };
    const { clock, dispatcher } = makeDispatcher({ refuse });
    for (const key of many(20_000)) dispatcher.add(key, { priority: 'change' });
    const seen: number[] = [];
    clock.setTimer(0, () => seen.push(dropped));
    await clock.advance(0);
    expect(seen[0]).toBeLessThan(20_000);
    expect(dropped).toBe(20_000);
    expect(dispatcher.depth).toBe(0);
  });

  it('lets a lone key leave at once', async () => {
    const { clock, calls, dispatcher } = makeDispatcher();
    dispatcher.add('a', { priority: 'change' });
    await clock.advance(0);
    expect(calls).toEqual([{ atMs: 0, keys: ['a'] }]);
  });

  it("sends a user's change at once, whatever a sweep is doing", async () => {
    const { clock, calls, dispatcher } = makeDispatcher({ express: 1 });
    for (const key of many(5_000)) dispatcher.add(key, { priority: 'resync' });
    await clock.advance(1_437);
    dispatcher.add('mine', { priority: 'change' });
    await clock.advance(0);
    expect(calls.at(-1)).toMatchObject({ atMs: 1_437 });
    expect(calls.at(-1)?.keys[0]).toBe('mine');
  });

  it('sends together what is added together', async () => {
    const { clock, calls, dispatcher } = makeDispatcher();
    for (const key of many(7)) dispatcher.add(key, { priority: 'change' });
    await clock.advance(0);
    expect(calls.map((call) => call.keys.length)).toEqual([7]);
  });

  it('sends a flood in full batches, each key once', async () => {
    const { clock, calls, dispatcher } = makeDispatcher();
    for (const key of many(1_950)) dispatcher.add(key, { priority: 'change' });
    await clock.advance(60_000);
    const sizes = calls.map((call) => call.keys.length);
    expect(sizes).toEqual([...Array.from({ length: 19 }, () => 100), 50]);
    expect(new Set(calls.flatMap((call) => call.keys)).size).toBe(1_950);
  });

  it('sends a change in the very next call while 10,000 keys wait for the sweep', async () => {
    const { clock, calls, dispatcher } = makeDispatcher();
    for (const key of many(10_000)) dispatcher.add(key, { priority: 'resync' });
    await clock.advance(3_000);
    const before = calls.length;
    expect(before).toBeLessThan(100);
    dispatcher.add('urgent', { priority: 'change' });
    await clock.advance(1_000);
    expect(calls[before]?.keys[0]).toBe('urgent');
    expect((calls[before]?.atMs ?? Number.POSITIVE_INFINITY) - 3_000).toBeLessThanOrEqual(100 + 20);
  });

  it('holds a key back until its time', async () => {
    const { clock, calls, dispatcher } = makeDispatcher();
    dispatcher.add('a', { priority: 'change', readyAtMs: 700 });
    await clock.advance(699);
    expect(calls).toEqual([]);
    await clock.advance(1);
    expect(calls).toEqual([{ atMs: 700, keys: ['a'] }]);
  });

  it('sends again what was added while it was in flight, never twice at once', async () => {
    const { clock, calls, dispatcher } = makeDispatcher({ latencyMs: 500 });
    dispatcher.add('a', { priority: 'change' });
    await clock.advance(100);
    dispatcher.add('a', { priority: 'change' });
    await clock.advance(1_000);
    expect(calls.map((call) => call.atMs)).toEqual([0, 500]);
  });

  it('takes no slot for a batch that needs no call', async () => {
    const { clock, calls, dispatcher } = makeDispatcher({
      limit: 1,
      refuse: (keys) => keys.includes('idle'),
    });
    dispatcher.add('idle', { priority: 'change' });
    await clock.advance(0);
    dispatcher.add('a', { priority: 'change' });
    await clock.advance(0);
    expect(calls).toEqual([{ atMs: 0, keys: ['a'] }]);
    expect(dispatcher.depth).toBe(0);
  });

  it('waits while the breaker pauses it, then probes with one call at a time', async () => {
    const { clock, breaker, calls, dispatcher } = makeDispatcher({ latencyMs: 300 });
    for (let n = 0; n < 3; n++) breaker.fail(0, 0.5);
    dispatcher.add('a', { priority: 'change', group: 'a' });
    dispatcher.add('b', { priority: 'change', group: 'b' });
    await clock.advance(1_999);
    expect(calls).toEqual([]);
    await clock.advance(5_000);
    expect(calls.map((call) => call.atMs)).toEqual([2_000, 2_300]);
  });

  it('slows down when it is throttled', async () => {
    const { clock, calls, dispatcher, throttle } = makeDispatcher();
    throttle(true);
    dispatcher.add('a', { priority: 'change' });
    await clock.advance(100);
    throttle(false);
    dispatcher.add('b', { priority: 'change' });
    await clock.advance(5_000);
    expect(calls.map((call) => call.atMs)).toEqual([0, 1_020]);
  });

  it('sends nothing more once it is stopped, and ends when its calls have ended', async () => {
    const { clock, calls, dispatcher } = makeDispatcher({ latencyMs: 400 });
    dispatcher.add('a', { priority: 'change' });
    dispatcher.add('later', { priority: 'change', readyAtMs: 50 });
    await clock.advance(10);
    let stopped = false;
    const end = dispatcher.stop().then(() => {
      stopped = true;
    });
    dispatcher.add('b', { priority: 'change' });
    await clock.advance(380);
    expect(stopped).toBe(false);
    await clock.advance(10);
    await end;
    await clock.advance(60_000);
    expect(calls).toHaveLength(1);
  });
});
