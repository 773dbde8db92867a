import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

describe('VirtualClock', () => {
  it('fires timers in the order of their time, equal times in the order in which they were set', async () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    for (const [name, ms] of [
      ['c', 9],
      ['a', 3],
      ['b', 3],
      ['now', -5],
    ] as const) {
      clock.setTimer(ms, () => fired.push(`${name}@${clock.now()}`));
    }
    await clock.advance(100);
    expect(fired).toEqual(['now@0', 'a@3', 'b@3', 'c@9']);
    expect([clock.now(), clock.pending]).toEqual([100, false]);
  });

  it('stops at the end of what it is told to let pass', async () => {
    const clock = new VirtualClock(0);
    let fired = 0;
    clock.setTimer(10, () => fired++);
    await clock.advance(9);
    expect([fired, clock.now(), clock.pending]).toEqual([0, 9, true]);
    await clock.advance(1);
    expect(fired).toBe(1);
  });

  it('fires what a timer sets within the same stretch, and lets promises run before time goes on', async () => {
    const clock = new VirtualClock(0);
    const reported: string[] = [];
    const work = (async () => {
      for (let n = 0; n < 3; n++) {
        await clock.sleep(10);
        await Promise.resolve();
        reported.push(`${n}@${clock.now()}`);
      }
    })();
    clock.setTimer(10, () => reported.push(`timer@${clock.now()}`));
    await clock.advance(30);
    await work;
    expect(reported).toEqual(['0@10', 'timer@10', '1@20', '2@30']);
  });

  it('never fires a cancelled timer', async () => {
    const clock = new VirtualClock(0);
    let fired = false;
    const cancel = clock.setTimer(5, () => {
      fired = true;
    });
    cancel();
    cancel();
    await clock.advance(50);
    expect(fired).toBe(false);
  });

  it('rejects a sleep with the reason of the abort, at once, and leaves no timer behind', async () => {
    const clock = new VirtualClock(0);
    const abort = new AbortController();
    const reason = new Error('enough');
    const sleep = clock.sleep(1_000, abort.signal);
    abort.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(clock.pending).toBe(false);
    await expect(clock.sleep(1, abort.signal)).rejects.toBe(reason);
  });

  it('fires every timer at its own time, whatever the order in which they were set', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 }), async (delays) => {
        const clock = new VirtualClock(0);
        const fired: number[] = [];
        for (const ms of delays) clock.setTimer(ms, () => fired.push(clock.now()));
        await clock.advance(50);
        expect(fired).toEqual([...delays].sort((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });
});
