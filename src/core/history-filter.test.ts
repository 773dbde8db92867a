import { describe, expect, it } from 'vitest';
import { elsewhereText, historyFilter, isWithin } from './history-filter.ts';
import { InstantError } from './text/duration.ts';

const NOW_MS = Date.UTC(2026, 0, 2);

describe('the part of a history that is asked for', () => {
  it('is all of it when nothing is said', () => {
    expect(historyFilter({}, NOW_MS)).toEqual({});
  });

  it('is told by instance, binding and times; a name alone is one of the namespace default', () => {
    const flags = { instance: 'ins-00000001', binding: 'web', since: '2h', until: '2026-01-01T12:00:00Z' };
    expect(historyFilter(flags, NOW_MS)).toEqual({
      ...{ instanceId: 'ins-00000001', binding: 'default/web' },
      ...{ sinceMs: NOW_MS - 7_200_000, untilMs: Date.UTC(2026, 0, 1, 12) },
    });
    expect(historyFilter({ binding: 'shop/web' }, NOW_MS)).toEqual({ binding: 'shop/web' });
  });

  it.each([
    ['--since', { since: 'soon' }],
    ['--until', { until: '2026-02-30' }],
    ['--until', { until: '2026-01-01T12:00' }],
  ])('is refused with the flag for a time that is none: %s', (flag, flags) => {
    expect(() => historyFilter(flags, NOW_MS)).toThrow(InstantError);
    expect(() => historyFilter(flags, NOW_MS)).toThrow(flag);
  });

  const change = { time: '2026-01-01T12:00:00Z', binding: 'git:shop/web', instanceIds: ['ins-00000001'] };
  const atMs = Date.parse(change.time);

  it.each([
    [{}, true],
    [{ sinceMs: atMs, untilMs: atMs }, true],
    [{ sinceMs: atMs + 1 }, false],
    [{ untilMs: atMs - 1 }, false],
    [{ binding: 'shop/web' }, true],
    [{ binding: 'git:shop/web' }, true],
    [{ binding: 'shop/db' }, false],
    [{ instanceId: 'ins-00000001' }, true],
    [{ instanceId: 'ins-00000002' }, false],
  ])('holds a change or not: %j', (filter, isIn) => {
    expect(isWithin(filter, change)).toBe(isIn);
  });

  it('says where a bare name was looked for', () => {
    expect(elsewhereText({ binding: 'web' })).toContain('default/web');
    expect([elsewhereText({ binding: 'shop/web' }), elsewhereText({})]).toEqual(['', '']);
  });
});
