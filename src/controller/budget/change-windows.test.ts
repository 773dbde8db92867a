import { describe, expect, it } from 'vitest';
import type { ChangeWindow } from '../../core/policy.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { ChangeWindows } from './change-windows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const window = (name: string, schedule: string, more: Partial<ChangeWindow> = {}): ChangeWindow => ({
  name,
  effect: 'allow',
  schedule,
  durationMs: HOUR_MS,
  timeZone: 'UTC',
  where: {},
  ...more,
});

/** Windows on a clock that starts at midnight, and what was told of them. */
function watched(windows: readonly ChangeWindow[], startMs = Date.UTC(2026, 0, 1)) {
  const clock = new VirtualClock(startMs);
  const reported: string[] = [];
  const watching = new ChangeWindows({
    windows,
    clock,
  });
  watching.onChange = () => {
    const open = watching.states().filter((state) => state.open);
    reported.push(
      `${new Date(clock.wall()).toISOString().slice(0, 16)} ${open.map(({ name }) => name).join(' ')}`,
    );
  };
  return { clock, reported, watching };
}

describe('ChangeWindows', () => {
  it('tells of each opening and closing, with the new state', async () => {
    const { clock, reported, watching } = watched([
      window('two', '0 2 * * *'),
      window('three', '30 2 * * *', { effect: 'deny' }),
    ]);
    watching.start();
    await clock.advance(4 * HOUR_MS);
    expect(reported).toEqual([
      '2026-01-01T02:00 two',
      '2026-01-01T02:30 two three',
      '2026-01-01T03:00 three',
      '2026-01-01T03:30 ',
    ]);
  });

  it.each([
    {
      reason: 'set back to before it opened',
      at: 2.5,
      byHours: -2,
      open: '',
      nextAt: '2026-01-01T02:00 two',
    },
    {
      reason: 'set back into one that was over',
      at: 4,
      byHours: -1.5,
      open: 'two',
      nextAt: '2026-01-01T03:00 ',
    },
    { reason: 'set forward into one', at: 1, byHours: 1.5, open: 'two', nextAt: '2026-01-01T03:00 ' },
    { reason: 'set forward past one', at: 2.5, byHours: 3, open: '', nextAt: '2026-01-02T02:00 two' },
  ])('follows a calendar that is $reason', async ({ at, byHours, open, nextAt }) => {
    const { clock, reported, watching } = watched([window('two', '0 2 * * *')]);
    watching.start();
    await clock.advance(at * HOUR_MS);
    reported.length = 0;
    clock.setWall(byHours * HOUR_MS);
    const found = () => watching.states().flatMap((state) => (state.open ? [state.name] : []));
    expect(found(), 'whoever asks is told at once').toEqual(open === '' ? [] : [open]);
    await clock.advance(30_000);
    expect(reported, 'the others within half a minute').toHaveLength(1);
    await clock.advance(DAY_MS);
    expect(reported[1]).toBe(nextAt);
  });

  it('gives the same array until something changes', async () => {
    const { clock, watching } = watched([window('two', '0 2 * * *'), window('nine', '0 9 * * *')]);
    const first = watching.states();
    await clock.advance(2 * HOUR_MS - 1);
    expect(watching.states()).toBe(first);
    await clock.advance(1);
    expect(watching.states()).not.toBe(first);
    expect(watching.states().map(({ name, open }) => [name, open])).toEqual([
      ['two', true],
      ['nine', false],
    ]);
    expect(watching.states()).toBe(watching.states());
  });

  it('knows the present state without being started', async () => {
    const { clock, reported, watching } = watched([window('two', '0 2 * * *')]);
    await clock.advance(2.5 * HOUR_MS);
    expect(watching.states()[0]).toMatchObject({ open: true, untilMs: Date.UTC(2026, 0, 1, 3) });
    expect(reported).toEqual([]);
    expect(clock.pending).toBe(false);
  });

  it('waits for an opening that is farther away than a timer can be', async () => {
    const { clock, reported, watching } = watched([window('new year', '0 0 1 1 *')]);
    watching.start();
    await clock.advance(HOUR_MS + 364 * DAY_MS);
    expect(reported).toEqual(['2026-01-01T01:00 ']);
    await clock.advance(DAY_MS - HOUR_MS);
    expect(reported).toEqual(['2026-01-01T01:00 ', '2027-01-01T00:00 new year']);
  });

  it('follows the clocks of each zone', async () => {
    // On this day clocks go forward in Berlin at 01:00Z, and nowhere else here.
    const { clock, reported, watching } = watched(
      [
        window('berlin', '0 12 * * *', { timeZone: 'Europe/Berlin' }),
        window('shanghai', '0 12 * * *', { timeZone: 'Asia/Shanghai' }),
      ],
      Date.UTC(2026, 2, 28),
    );
    watching.start();
    await clock.advance(2 * DAY_MS);
    expect(reported).toEqual([
      '2026-03-28T04:00 shanghai',
      '2026-03-28T05:00 ',
      '2026-03-28T11:00 berlin',
      '2026-03-28T12:00 ',
      '2026-03-29T04:00 shanghai',
      '2026-03-29T05:00 ',
      '2026-03-29T10:00 berlin',
      '2026-03-29T11:00 ',
    ]);
  });

  it('tells nothing after it was stopped, and begins again', async () => {
    const { clock, reported, watching } = watched([window('two', '0 2 * * *')]);
    watching.start();
    watching.stop();
    await clock.advance(DAY_MS);
    expect(reported).toEqual([]);
    expect(clock.pending).toBe(false);
    watching.start();
    await clock.advance(2 * HOUR_MS);
    expect(reported).toEqual(['2026-01-02T02:00 two']);
  });

  it('has nothing to wait for without windows, and with one that never closes', () => {
    const { clock, watching } = watched([window('always', '* * * * *')]);
    watching.start();
    expect(clock.pending).toBe(false);
    expect(watching.states()[0]).not.toHaveProperty('untilMs');
    const none = watched([]);
    none.watching.start();
    expect(none.clock.pending).toBe(false);
    expect(none.watching.states()).toEqual([]);
  });

  it('refuses a schedule that is not valid', () => {
    expect(() => watched([window('bad', '61 * * * *')])).toThrow(/minute/);
  });
});
