import { describe, expect, it } from 'vitest';
import { parseInstant } from './duration.ts';

const NOW_MS = Date.UTC(2026, 11, 1, 12);

describe('a point in time as people write it', () => {
  it.each([
    ['2h', '2026-12-01T10:00:00.000Z'],
    ['9999999999999d', '1970-01-01T00:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2026-11-30T10:00:00Z', '2026-11-30T10:00:00.000Z'],
    ['2026-11-30T10:00Z', '2026-11-30T10:00:00.000Z'],
    ['2026-11-30 10:00:00.5+08:00', '2026-11-30T02:00:00.500Z'],
    ['2026-11-30t23:59:59z', '2026-11-30T23:59:59.000Z'],
  ])('is %s, which means %s', (text, meant) => {
    expect(new Date(parseInstant(text, NOW_MS) ?? Number.NaN).toISOString()).toBe(meant);
  });

  it.each([
    ['2026-02-30', 'a day that there is not'],
    ['2026-11-31', 'a day that there is not'],
    ['2027-02-29T10:00:00Z', 'a day of another year'],
    ['2026-13-01', 'a month that there is not'],
    ['2026-11-30T24:00:00Z', 'an hour that there is not'],
    ['2026-11-30T10:60:00Z', 'a minute that there is not'],
    ['2026-11-30T10:00:00+24:00', 'a zone that there is not'],
    ['2026-11-30T10:00', 'an hour of nobody knows which zone'],
    ['2026-11-30T10:00:00', 'an hour of nobody knows which zone'],
    ['2026-11-30 10:00', 'an hour of nobody knows which zone'],
    ['yesterday', 'a word'],
    ['', 'nothing'],
  ])('is never %j: %s', (text) => {
    expect(parseInstant(text, NOW_MS)).toBeUndefined();
  });
});
