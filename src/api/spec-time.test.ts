import { describe, expect, it } from 'vitest';
import { instantMs, intervalMs, isInstant } from './spec-time.ts';

describe('times of a spec', () => {
  it.each([
    ['10s', 10_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['1h30m5s', 5_405_000],
  ])('reads the interval %s', (text, ms) => {
    expect(intervalMs(text)).toBe(ms);
  });

  it.each([
    ['2026-03-01T18:00:00Z', Date.UTC(2026, 2, 1, 18)],
    ['2026-03-01T18:00:00.500+08:00', Date.UTC(2026, 2, 1, 10, 0, 0, 500)],
    ['2026-03-01T18:00:00.123456789Z', Date.UTC(2026, 2, 1, 18, 0, 0, 123)],
  ])('reads the time %s', (text, ms) => {
    expect(instantMs(text)).toBe(ms);
  });

  it.each([
    '2026-02-30T18:00:00Z',
    '2026-11-31T18:00:00+08:00',
    '2026-11-30T24:00:00Z',
    '2026-11-30T18:61:00Z',
  ])('holds %s for no time, since neither calendar nor clock have it', (text) => {
    expect(isInstant(text)).toBe(false);
  });
});
