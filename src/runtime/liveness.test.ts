import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { Liveness, type LivenessCheck } from './liveness.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Looks at one part, which the test moves by hand. */
function watched() {
  const clock = new VirtualClock();
  const part = { name: 'part', busy: true, steps: 0, windowMs: 60_000 };
  const checks: LivenessCheck[] = [part];
  const liveness = new Liveness({ clock, checks: () => checks });
  liveness.start();
  const says = () => liveness.results().map(({ name, fine, detail }) => `${fine} ${name}: ${detail}`);
  return { clock, part, checks, liveness, says };
}

describe('Liveness', () => {
  it('calls a part stuck that has work and takes no step for its window, and no longer once it moves', async () => {
    const { clock, part, says } = watched();
    await clock.advance(59_000);
    expect(says()).toEqual(['true event loop: turns', 'true part: moves']);
    await clock.advance(6_000);
    expect(says()[1]).toBe('false part: has work and has not moved for 65 s');
    part.steps++;
    expect(says()[1]).toBe('true part: moves');
  });

  it('leaves a part alone that has nothing to do, however long', async () => {
    const { clock, part, says } = watched();
    part.busy = false;
    await clock.advance(3_600_000);
    expect(says()[1]).toBe('true part: has nothing that must move now');
    part.busy = true;
    await clock.advance(30_000);
    expect(says()[1]).toBe('true part: moves');
  });

  it('forgets a part that is gone', async () => {
    const { clock, part, checks, says } = watched();
    await clock.advance(120_000);
    checks.length = 0;
    await clock.advance(5_000);
    checks.push(part);
    expect(says()[1]).toBe('true part: moves');
  });

  it('is not misled by a clock that is set forward by a day, once a timer has fired', async () => {
    const clock = new VirtualClock();
    let setForwardMs = 0;
    const set: Clock = {
      now: () => clock.now() + setForwardMs,
      wall: () => clock.wall() + setForwardMs,
      sleep: (ms, signal) => clock.sleep(ms, signal),
      setTimer: (ms, fire) => clock.setTimer(ms, fire),
    };
    const part = { name: 'part', busy: true, steps: 0, windowMs: 60_000 };
    const liveness = new Liveness({ clock: set, checks: () => [part] });
    liveness.start();
    await clock.advance(30_000);
    setForwardMs = 86_400_000;
    await clock.advance(5_000);
    expect(liveness.results().map(({ fine }) => fine)).toEqual([true, true]);
  });

  it('says so when no timer fires any more', async () => {
    const stopped = { now: 0 };
    const now = () => stopped.now;
    const clock = { now, wall: now, sleep: () => Promise.resolve(), setTimer: () => () => {} };
    const liveness = new Liveness({ clock, checks: () => [] });
    liveness.start();
    stopped.now += 90_000;
    expect(liveness.results()).toEqual([
      { name: 'event loop', fine: false, detail: 'its timers are 90 s late' },
    ]);
  });
});
