import { readFile } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sinceWall, systemClock, wallAt } from './clock.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('systemClock', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('gives whole milliseconds and never goes back', () => {
    let last = systemClock.now();
    for (let n = 0; n < 1_000; n++) {
      const now = systemClock.now();
      expect(Number.isInteger(now)).toBe(true);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  it('follows a clock that was set forward and does not follow one that was set back', () => {
    const before = systemClock.now();
    const wall = vi.spyOn(Date, 'now');
    wall.mockReturnValue(before - 3_600_000);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    wall.mockReturnValue(before + 3_600_000);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before + 3_600_000);
    wall.mockReturnValue(before);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before + 3_600_000);
  });

  it('tells the time of day as the machine does, also after its clock was set back', () => {
    const wall = vi.spyOn(Date, 'now');
    for (const noonMs of [2_000_000_000_000, 1_900_000_000_000]) {
      wall.mockReturnValue(noonMs);
      expect(systemClock.wall()).toBe(noonMs);
    }
  });

  it.each([0, 3_600_000])('rejects a sleep of %d ms with the reason of the abort', async (ms) => {
    const abort = new AbortController();
    const sleep = systemClock.sleep(ms, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    await expect(systemClock.sleep(ms, abort.signal)).rejects.toThrow('enough');
  });

  it('gives what waits for the disk and for timers their turn in a sleep of 0', async () => {
    const had: string[] = [];
    systemClock.setTimer(0, () => had.push('timer'));
    readFile(import.meta.filename, () => had.push('disk'));
    while (had.length < 2) await systemClock.sleep(0);
    expect(had.toSorted()).toEqual(['disk', 'timer']);
  });

  it('fires a timer, never one that was cancelled, and takes delays of more than a timer holds', async () => {
    const fired: string[] = [];
    systemClock.setTimer(0, () => fired.push('cancelled'))();
    systemClock.setTimer(Number.MAX_SAFE_INTEGER, () => fired.push('far'))();
    const far = systemClock.setTimer(2 ** 40, () => fired.push('far'));
    await systemClock.sleep(2);
    far();
    expect(fired).toEqual([]);
  });
});

describe('a moment between the two times of a clock', () => {
  it('is shown by the calendar as it is set now, and stays the same while that drifts a little', () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const inAnHour = clock.now() + 3_600_000;
    expect(wallAt(clock, inAnHour)).toBe(Date.UTC(2026, 0, 1, 1));
    clock.setWall(-7_200_000);
    clock.setWall(400);
    expect(wallAt(clock, inAnHour)).toBe(Date.UTC(2025, 11, 31, 23));
  });

  it('keeps its age when it was recorded by the calendar, and never lies ahead', () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    clock.setWall(-7_200_000);
    expect(sinceWall(clock, clock.wall() - 60_000)).toBe(clock.now() - 60_000);
    expect(sinceWall(clock, clock.wall() + 60_000)).toBe(clock.now());
  });
});
