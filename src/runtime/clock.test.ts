import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';

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

  it('rejects a sleep with the reason of the abort', async () => {
    const abort = new AbortController();
    const sleep = systemClock.sleep(3_600_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
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
