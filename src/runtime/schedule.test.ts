import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Schedule, type ScheduleState, scheduleProblem } from './schedule.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Row {
  readonly reason: string;
  readonly cron: string;
  readonly hours: number;
  readonly timeZone: string;
  readonly at: string;
  /** The state and its end, such as `open until 2026-01-05T18:00Z`, or `open for ever`. */
  readonly reported: string;
}

const NIGHT = { cron: '0 22 * * 1-5', hours: 4, timeZone: 'Asia/Shanghai' };
const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';

const ROWS: readonly Row[] = [
  {
    reason: 'before it opens',
    ...NIGHT,
    at: '2026-01-05T13:59:59.999Z',
    reported: 'closed until 2026-01-05T14:00Z',
  },
  {
    reason: 'at the moment it opens',
    ...NIGHT,
    at: '2026-01-05T14:00Z',
    reported: 'open until 2026-01-05T18:00Z',
  },
  {
    reason: 'past midnight',
    ...NIGHT,
    at: '2026-01-05T17:59:59.999Z',
    reported: 'open until 2026-01-05T18:00Z',
  },
  {
    reason: 'at the moment it closes',
    ...NIGHT,
    at: '2026-01-05T18:00Z',
    reported: 'closed until 2026-01-06T14:00Z',
  },
  {
    reason: 'over the weekend',
    ...NIGHT,
    at: '2026-01-10T00:00Z',
    reported: 'closed until 2026-01-12T14:00Z',
  },
  {
    reason: 'openings that overlap are one',
    cron: '0 8,10 * * *',
    hours: 3,
    timeZone: 'UTC',
    at: '2026-01-05T08:30Z',
    reported: 'open until 2026-01-05T13:00Z',
  },
  {
    reason: 'openings that touch are one',
    cron: '0 8,10 * * *',
    hours: 2,
    timeZone: 'UTC',
    at: '2026-01-05T08:30Z',
    reported: 'open until 2026-01-05T12:00Z',
  },
  {
    reason: 'an opening in the middle of the overlap counts',
    cron: '0 8,10 * * *',
    hours: 3,
    timeZone: 'UTC',
    at: '2026-01-05T10:30Z',
    reported: 'open until 2026-01-05T13:00Z',
  },
  {
    reason: 'longer than its period is open throughout',
    cron: '0 * * * *',
    hours: 2,
    timeZone: BERLIN,
    at: '2026-01-05T10:30Z',
    reported: 'open for ever',
  },
  {
    reason: 'longer than its period, on some days only',
    cron: '*/5 * * * 1-5',
    hours: 0.5,
    timeZone: 'UTC',
    at: '2026-01-05T10:30Z',
    reported: 'open until 2026-01-10T00:25Z',
  },
  {
    reason: 'a day of 24 hours in a zone without summer time never closes',
    cron: '0 0 * * *',
    hours: 24,
    timeZone: 'Asia/Shanghai',
    at: '2026-01-05T10:30Z',
    reported: 'open for ever',
  },
  {
    reason: 'a day of 24 hours ends an hour before the longest day of the year does',
    cron: '0 0 * * *',
    hours: 24,
    timeZone: BERLIN,
    at: '2026-01-05T10:30Z',
    reported: 'open until 2026-10-25T22:00Z',
  },
  {
    reason: 'clocks go forward: the same local time is an hour earlier in UTC',
    cron: '0 22 * * *',
    hours: 1,
    timeZone: BERLIN,
    at: '2026-03-28T23:00Z',
    reported: 'closed until 2026-03-29T20:00Z',
  },
  {
    reason: 'clocks go forward while it is open: the duration is real time',
    cron: '0 1 * * *',
    hours: 3,
    timeZone: BERLIN,
    at: '2026-03-29T00:30Z',
    reported: 'open until 2026-03-29T03:00Z',
  },
  {
    reason: 'a local time that does not exist opens when clocks have gone forward',
    cron: '30 2 * * *',
    hours: 1,
    timeZone: BERLIN,
    at: '2026-03-29T00:30Z',
    reported: 'closed until 2026-03-29T01:00Z',
  },
  {
    reason: 'clocks go back: the duration is real time',
    cron: '0 0 * * *',
    hours: 4,
    timeZone: NEW_YORK,
    at: '2026-11-01T05:30Z',
    reported: 'open until 2026-11-01T08:00Z',
  },
  {
    reason: 'a local time that exists twice opens once',
    cron: '30 1 * * *',
    hours: 0.5,
    timeZone: NEW_YORK,
    at: '2026-11-01T06:15Z',
    reported: 'closed until 2026-11-02T06:30Z',
  },
  {
    reason: 'an hour that exists twice has the openings of each hour twice',
    cron: '30 * * * *',
    hours: 0.5,
    timeZone: NEW_YORK,
    at: '2026-11-01T06:15Z',
    reported: 'closed until 2026-11-01T06:30Z',
  },
  {
    reason: 'a zone of half an hour',
    cron: '0 0 * * *',
    hours: 1,
    timeZone: 'Asia/Kolkata',
    at: '2026-01-05T18:45Z',
    reported: 'open until 2026-01-05T19:30Z',
  },
  {
    reason: 'a day that comes every four years',
    cron: '0 0 29 2 *',
    hours: 1,
    timeZone: 'UTC',
    at: '2026-01-01T00:00Z',
    reported: 'closed until 2028-02-29T00:00Z',
  },
];

describe('Schedule', () => {
  it.each(ROWS)('$reason: $reported', ({ reason, cron, hours, timeZone, at, reported }) => {
    const schedule = new Schedule({ cron, durationMs: hours * HOUR_MS, timeZone });
    expect(text(schedule.at(Date.parse(at))), reason).toBe(reported);
  });

  it('agrees with a walk over every minute of the weeks in which clocks change', () => {
    const hours = fc.constantFrom('*', '1,2,3', '0,1,2,3,22', '23');
    const minutes = fc.constantFrom('*', '0,20,40', '0', '30', '5,50');
    const days = fc.constantFrom('*', '0', '1,2,3,4,5');
    const week = fc.constantFrom(
      { timeZone: BERLIN, from: '2026-03-27T00:00Z' },
      { timeZone: BERLIN, from: '2026-10-23T00:00Z' },
      { timeZone: NEW_YORK, from: '2026-03-06T00:00Z' },
      { timeZone: NEW_YORK, from: '2026-10-30T00:00Z' },
      { timeZone: 'Australia/Lord_Howe', from: '2026-04-03T00:00Z' },
    );
    const duration = fc.constantFrom(1, 20, 45, 60, 90, 150, 1440, 1500);
    const moment = fc.integer({ min: 0, max: 3 * 24 * 60 });
    fc.assert(
      fc.property(
        hours,
        minutes,
        days,
        week,
        duration,
        moment,
        (hour, minute, day, { timeZone, from }, long, at) => {
          const opensAt = walkedOpenings({ hour, minute, day, timeZone, fromMs: Date.parse(from) });
          const isOpen = (index: number) => opensAt.slice(index - long + 1, index + 1).includes(true);
          const schedule = new Schedule({
            cron: `${minute} ${hour} * * ${day}`,
            durationMs: long * MINUTE_MS,
            timeZone,
          });
          const start = WALKED_BEFORE_MIN + at;
          const state = schedule.at(Date.parse(from) + at * MINUTE_MS);
          expect(state.open).toBe(isOpen(start));
          let end = start;
          while (end < opensAt.length && isOpen(end) === state.open) end++;
          const untilMs = Date.parse(from) + (end - WALKED_BEFORE_MIN) * MINUTE_MS;
          if (end < opensAt.length) expect(state.untilMs).toBe(untilMs);
          else expect(state.untilMs ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(untilMs);
        },
      ),
      { numRuns: 40 },
    );
  });
});

const WALKED_BEFORE_MIN = 2 * 24 * 60;
const WALKED_MIN = 8 * 24 * 60;

/** For every minute from two days before `fromMs` on: whether the clocks of the zone fit the fields, each `*` or a list. */
function walkedOpenings(cron: {
  readonly hour: string;
  readonly minute: string;
  readonly day: string;
  readonly timeZone: string;
  readonly fromMs: number;
}): readonly boolean[] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: cron.timeZone,
    weekday: 'short',
    hour: 'numeric',
    minute: 'numeric',
  });
  const fits = (field: string, value: number) =>
    field === '*' || field.split(',').map(Number).includes(value);
  return Array.from({ length: WALKED_MIN }, (_, index) => {
    const [weekday = '', hour, minute] = format
      .format(cron.fromMs + (index - WALKED_BEFORE_MIN) * MINUTE_MS)
      .split(/[ :]/);
    const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(weekday.replace(',', ''));
    return fits(cron.hour, Number(hour)) && fits(cron.minute, Number(minute)) && fits(cron.day, day);
  });
}

describe('scheduleProblem', () => {
  it.each([
    { cron: '0 22 * * MON-FRI', timeZone: 'Asia/Shanghai', said: undefined },
    { cron: '0 0 L * *', timeZone: 'UTC', said: undefined },
    { cron: '61 * * * *', timeZone: 'UTC', said: 'Invalid value for minute: 61' },
    { cron: '0 0 22 * * 1', timeZone: 'UTC', said: 'has 6 parts' },
    { cron: 'daily', timeZone: 'UTC', said: 'not a cron expression' },
    { cron: '2027-01-01T00:00:00', timeZone: 'UTC', said: 'not a cron expression' },
    { cron: '0 0 30 2 *', timeZone: 'UTC', said: 'never comes' },
    { cron: '* * * * *', timeZone: 'Asia/Shanghaii', said: 'not the IANA name' },
    { cron: '* * * * *', timeZone: '+08:00', said: 'not the IANA name' },
    { cron: '* * * * *', timeZone: 'CST', said: 'not the IANA name' },
  ])('says $said of "$cron" in $timeZone', ({ cron, timeZone, said }) => {
    const problem = scheduleProblem({ cron, timeZone }, Date.UTC(2026, 0, 1));
    if (said === undefined) expect(problem).toBeUndefined();
    else expect(problem?.message).toContain(said);
  });
});

function text({ open, untilMs }: ScheduleState): string {
  const until =
    untilMs === undefined ? 'for ever' : `until ${new Date(untilMs).toISOString().replace(':00.000', '')}`;
  return `${open ? 'open' : 'closed'} ${until}`;
}
