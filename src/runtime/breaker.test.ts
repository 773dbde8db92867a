import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.ts';

const NEUTRAL = 0.5;
const failing = (times: number, nowMs = 0): Breaker => {
  const breaker = new Breaker();
  for (let n = 0; n < times; n++) breaker.fail(nowMs, NEUTRAL);
  return breaker;
};

describe('Breaker', () => {
  it('opens at the third failure in a row', () => {
    expect(failing(2).open).toBe(false);
    expect(failing(3)).toMatchObject({ open: true, pausedUntilMs: 2_000 });
    const interrupted = failing(2);
    expect(interrupted.succeed()).toBe(false);
    interrupted.fail(0, NEUTRAL);
    interrupted.fail(0, NEUTRAL);
    expect(interrupted.open).toBe(false);
  });

  it('pauses twice as long after each failed probe, up to a bound', () => {
    const breaker = failing(3);
    const pauses = [1, 2, 3, 4, 5, 6].map(() => {
      const nowMs = breaker.pausedUntilMs;
      breaker.fail(nowMs, NEUTRAL);
      return breaker.pausedUntilMs - nowMs;
    });
    expect(pauses).toEqual([4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('does not count calls that left before the pause and fail in it', () => {
    const breaker = failing(3);
    breaker.fail(1_000, NEUTRAL);
    expect(breaker.pausedUntilMs).toBe(2_000);
  });

  it('spreads its pauses by a quarter', () => {
    const pause = (jitter: number) => {
      const breaker = new Breaker();
      for (let n = 0; n < 3; n++) breaker.fail(0, jitter);
      return breaker.pausedUntilMs;
    };
    expect([pause(0), pause(1)]).toEqual([1_500, 2_500]);
  });

  it('closes at the first success and says so once', () => {
    const breaker = failing(3);
    expect(breaker.succeed()).toBe(true);
    expect(breaker.open).toBe(false);
    expect(breaker.pausedUntilMs).toBe(Number.NEGATIVE_INFINITY);
    expect(breaker.succeed()).toBe(false);
  });

  it('forgives failures that were mended, whatever left before, and opens at one that left after', () => {
    const breaker = new Breaker();
    breaker.failUnlessMended(0, 100);
    breaker.failUnlessMended(50, 120);
    expect(breaker.open).toBe(false);
    breaker.failUnlessMended(100, 200);
    expect(breaker).toMatchObject({ open: true, pausedUntilMs: 5_200 });
    breaker.failUnlessMended(150, 300);
    expect(breaker.pausedUntilMs).toBe(5_200);
    breaker.failUnlessMended(5_200, 5_300);
    expect(breaker.pausedUntilMs).toBe(15_300);
  });

  it('forgives again after a success', () => {
    const breaker = new Breaker();
    breaker.failUnlessMended(0, 1);
    breaker.succeed();
    breaker.failUnlessMended(5, 6);
    expect(breaker.open).toBe(false);
  });
});
