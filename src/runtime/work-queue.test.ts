import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddOptions, PRIORITIES, type Priority, WorkQueue } from './work-queue.ts';

describe('WorkQueue', () => {
  it('keeps the earlier ready time and the more urgent priority of a key that is added twice', () => {
    const queue = new WorkQueue<string>();
    queue.add('a', { priority: 'resync', readyAtMs: 50 });
    queue.add('a', { priority: 'change', readyAtMs: 90 });
    queue.add('b', { priority: 'repair', readyAtMs: 50 });
    expect(queue.depth).toBe(2);
    expect(queue.nextReadyAtMs()).toBe(50);
    expect(queue.take(49, 9)).toEqual([]);
    expect(queue.take(50, 1)).toEqual(['a']);
    expect(queue.take(50, 1)).toEqual(['b']);
  });

  it('reaches every key, although all are asked for again before the line has come to an end', () => {
    const queue = new WorkQueue<number>();
    const reached = new Set<number>();
    for (let round = 0; round < 3; round++) {
      for (let key = 0; key < 10; key++) queue.add(key, { priority: 'resync' });
      for (const key of queue.take(round, 4)) {
        reached.add(key);
        queue.done(key);
      }
    }
    expect(reached.size).toBe(10);
  });

  it('replaces the ready time when it is told to', () => {
    const queue = new WorkQueue<string>();
    queue.add('a', { priority: 'change' });
    queue.add('a', { priority: 'resync', readyAtMs: 80, reschedule: true });
    expect(queue.isReady(79)).toBe(false);
    expect(queue.take(80, 1)).toEqual(['a']);
  });

  it('hands a key out once, and what is added meanwhile becomes ready when the work on it is done', () => {
    const queue = new WorkQueue<string>();
    queue.add('a', { priority: 'change' });
    expect(queue.take(0, 9)).toEqual(['a']);
    queue.add('a', { priority: 'resync', readyAtMs: 70 });
    queue.add('a', { priority: 'repair', readyAtMs: 30 });
    expect(queue.take(100, 9)).toEqual([]);
    expect(queue.inFlight).toBe(1);
    queue.done('a');
    expect(queue.inFlight).toBe(0);
    expect(queue.isReady(29)).toBe(false);
    expect(queue.take(30, 9)).toEqual(['a']);
    queue.done('a');
    expect(queue.has('a')).toBe(false);
  });

  it('forgets what was added to a key in flight that is removed', () => {
    const queue = new WorkQueue<string>();
    queue.add('a', { priority: 'change' });
    queue.take(0, 1);
    queue.add('a', { priority: 'change' });
    queue.remove('a');
    queue.done('a');
    expect(queue.take(0, 1)).toEqual([]);
  });

  it('never mixes groups, and fills a batch up with less urgent keys of its group', () => {
    const queue = new WorkQueue<string>();
    queue.add('x1', { priority: 'change', group: 'x' });
    queue.add('y1', { priority: 'repair', group: 'y' });
    queue.add('x2', { priority: 'resync', group: 'x' });
    queue.add('x3', { priority: 'verify', group: 'x' });
    expect(queue.take(0, 9)).toEqual(['x1', 'x3', 'x2']);
    expect(queue.take(0, 9)).toEqual(['y1']);
  });

  it('takes the larger of two groups first', () => {
    const queue = new WorkQueue<string>();
    queue.add('small', { priority: 'change', group: 's' });
    for (const key of ['l1', 'l2', 'l3']) queue.add(key, { priority: 'change', group: 'l' });
    expect(queue.take(0, 9)).toHaveLength(3);
  });

  it('does not starve a small group by a large one that never ends', () => {
    const queue = new WorkQueue<string>();
    queue.add('small', { priority: 'change', group: 's' });
    let takes = 0;
    for (let n = 0; n < 1_000; n += 2) {
      queue.add(`l${n}`, { priority: 'change', group: 'l' });
      queue.add(`l${n + 1}`, { priority: 'change', group: 'l' });
      takes++;
      const [key] = queue.take(0, 1);
      if (key === 'small') break;
    }
    expect(takes).toBeLessThan(15);
  });

  it('lets every one of many full groups go in turn', () => {
    const queue = new WorkQueue<string>();
    const groups = Array.from({ length: 40 }, (_, n) => `g${n}`);
    const lastTaken = new Map(groups.map((group) => [group, 0]));
    let longest = 0;
    for (let take = 1; take <= 2_000; take++) {
      for (const group of groups) {
        for (let n = 0; n < 3; n++) queue.add(`${group} ${n}`, { priority: 'change', group });
      }
      const keys = queue.take(0, 2);
      const group = keys[0]?.split(' ')[0] as string;
      longest = Math.max(longest, take - (lastTaken.get(group) as number));
      lastTaken.set(group, take);
      for (const key of keys) queue.done(key);
    }
    for (const last of lastTaken.values()) longest = Math.max(longest, 2_000 - last);
    expect(longest).toBeLessThanOrEqual(groups.length + 10);
  });

  it('takes away at once what is removed, ready or not', () => {
    const queue = new WorkQueue<string>();
    queue.add('a', { priority: 'change' });
    queue.add('b', { priority: 'change', readyAtMs: 5 });
    queue.remove('a');
    queue.remove('b');
    expect([queue.depth, queue.nextReadyAtMs(), queue.isReady(9)]).toEqual([0, undefined, false]);
  });

  it('behaves as a naive list does', () => {
    const key = fc.integer({ min: 0, max: 7 });
    const add = fc.record({
      op: fc.constant('add' as const),
      key,
      priority: fc.constantFrom(...PRIORITIES),
      readyAtMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })),
      group: fc.constantFrom('p', 'q', 'r'),
      reschedule: fc.boolean(),
    });
    const command = fc.oneof(
      { weight: 4, arbitrary: add },
      {
        weight: 2,
        arbitrary: fc.record({ op: fc.constant('take' as const), max: fc.integer({ min: 1, max: 4 }) }),
      },
      { weight: 2, arbitrary: fc.record({ op: fc.constant('done' as const), key }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constant('remove' as const), key }) },
      {
        weight: 1,
        arbitrary: fc.record({ op: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40 }) }),
      },
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
        const queue = new WorkQueue<number>();
        const naive = new NaiveQueue();
        let nowMs = 0;
        for (const one of commands) {
          if (one.op === 'add') {
            queue.add(one.key, one);
            naive.add(one.key, one);
          } else if (one.op === 'take') {
            naive.took(queue.take(nowMs, one.max), nowMs, one.max);
          } else if (one.op === 'done') {
            queue.done(one.key);
            naive.done(one.key);
          } else if (one.op === 'remove') {
            queue.remove(one.key);
            naive.remove(one.key);
          } else nowMs += one.ms;
          expect(queue.depth).toBe(naive.waiting.size);
          expect(queue.inFlight).toBe(naive.taken.size);
          expect(queue.isReady(nowMs)).toBe(naive.ready(nowMs).length > 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

interface Naive {
  rank: number;
  readyAtMs: number;
  group: string;
}

/** The promises of the queue, checked the slow way. */
class NaiveQueue {
  readonly waiting = new Map<number, Naive>();
  readonly taken = new Map<number, Naive | undefined>();

  add(key: number, options: AddOptions): void {
    const known = this.taken.has(key) ? this.taken.get(key) : this.waiting.get(key);
    const rank = PRIORITIES.indexOf(options.priority as Priority);
    const readyAtMs = options.readyAtMs ?? 0;
    const merged: Naive = {
      rank: Math.min(rank, known?.rank ?? rank),
      readyAtMs: known === undefined || options.reschedule ? readyAtMs : Math.min(readyAtMs, known.readyAtMs),
      group: options.group ?? '',
    };
    if (this.taken.has(key)) this.taken.set(key, merged);
    else this.waiting.set(key, merged);
  }

  done(key: number): void {
    const meanwhile = this.taken.get(key);
    this.taken.delete(key);
    if (meanwhile !== undefined) this.waiting.set(key, meanwhile);
  }

  remove(key: number): void {
    this.waiting.delete(key);
    if (this.taken.has(key)) this.taken.set(key, undefined);
  }

  ready(nowMs: number): [number, Naive][] {
    return [...this.waiting].filter(([, item]) => item.readyAtMs <= nowMs);
  }

  took(keys: readonly number[], nowMs: number, max: number): void {
    const ready = this.ready(nowMs);
    if (ready.length === 0) return expect(keys).toEqual([]);
    const urgent = Math.min(...ready.map(([, item]) => item.rank));
    const items = keys.map((key) => ready.find(([other]) => other === key)?.[1] as Naive);
    const group = items[0]?.group;
    const ranks = items.map((item) => item.rank);
    expect(new Set(items.map((item) => item.group)).size).toBe(1);
    expect(ranks[0]).toBe(urgent);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    const ofGroup = ready.filter(([, item]) => item.group === group).map(([, item]) => item.rank);
    expect(ranks).toEqual(ofGroup.sort((a, b) => a - b).slice(0, max));
    for (const key of keys) {
      // A ready time that has passed is forgotten.
      this.waiting.delete(key);
      this.taken.set(key, undefined);
    }
  }
}

describe('those who ask', () => {
  it('take turns within a priority: a lone key is in the very next batch, whatever flood waits before it', () => {
    const queue = new WorkQueue<string>();
    for (let n = 0; n < 20_000; n++) queue.add(`flood-${n}`, { priority: 'change', turn: 'flood' });
    queue.add('lone', { priority: 'change', turn: 'other' });
    expect(queue.take(0, 20)).toContain('lone');
  });

  it('take turns where batches hold one list each: a lone list waits for one batch', () => {
    const queue = new WorkQueue<string>();
    for (let n = 0; n < 2_000; n++)
      queue.add(`flood-${n}`, { priority: 'change', turn: 'flood', group: `${n % 7}` });
    queue.add('lone', { priority: 'change', turn: 'other', group: 'own' });
    expect([...queue.take(0, 20), ...queue.take(0, 20)]).toContain('lone');
  });

  it('share a batch evenly, and what one does not use goes to the others', () => {
    const queue = new WorkQueue<string>();
    for (let n = 0; n < 50; n++) queue.add(`a${n}`, { priority: 'resync', turn: 'a' });
    for (let n = 0; n < 50; n++) queue.add(`b${n}`, { priority: 'resync', turn: 'b' });
    for (let n = 0; n < 2; n++) queue.add(`c${n}`, { priority: 'resync', turn: 'c' });
    const batch = queue.take(0, 20);
    const share = (who: string) => batch.filter((key) => key.startsWith(who)).length;
    expect([share('a'), share('b'), share('c')]).toEqual([9, 9, 2]);
  });

  it('never go before a more urgent priority', () => {
    const queue = new WorkQueue<string>();
    queue.add('repair', { priority: 'repair', turn: 'a' });
    queue.add('change', { priority: 'change', turn: 'b' });
    expect(queue.take(0, 1)).toEqual(['change']);
  });

  it('are each served within as many batches as there are who ask, whatever they ask', () => {
    const asks = fc.array(
      fc.record({ turn: fc.constantFrom('a', 'b', 'c'), group: fc.constantFrom('x', 'y', 'z') }),
      {
        minLength: 1,
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(asks, fc.integer({ min: 1, max: 5 }), (list, max) => {
        const queue = new WorkQueue<number>();
        for (const [key, ask] of list.entries()) queue.add(key, { priority: 'change', ...ask });
        const who = new Set(list.map(({ turn }) => turn));
        const served = new Set<string>();
        for (let batch = 0; batch < who.size; batch++) {
          for (const key of queue.take(0, max)) served.add(list[key]?.turn ?? '');
        }
        expect(served).toEqual(who);
      }),
    );
  });
});

describe('keys that failed', () => {
  it('are no probe as long as another key waits, and are one when none does', () => {
    const queue = new WorkQueue<string>();
    queue.add('failed', { priority: 'change', group: 'x', suspect: true });
    queue.add('fresh', { priority: 'resync' });
    expect(queue.take(0, 1, { probing: true })).toEqual(['fresh']);
    expect(queue.take(0, 1, { probing: true })).toEqual(['failed']);
  });

  it('have their turn as ever while nothing is probed', () => {
    const queue = new WorkQueue<string>();
    queue.add('failed', { priority: 'change', group: 'x', suspect: true });
    queue.add('fresh', { priority: 'resync' });
    expect(queue.take(0, 1)).toEqual(['failed']);
  });
});
