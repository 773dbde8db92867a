/**
 * A time that opens again and again: a cron expression of five fields says when, a duration how long, in a time zone.
 * Openings that touch or overlap are one. Nothing runs by itself; it is asked about moments.
 *
 * When clocks change: an opening at one fixed time of day happens once a day, at the first moment after a gap if its
 * time falls into one; one of several times a day leaves out times that do not exist and takes both of one that
 * exists twice. A duration is real time, whatever clocks do meanwhile.
 */
import { Cron, CronPattern } from 'croner';

/** What is said of a moment. */
export interface ScheduleState {
  readonly open: boolean;
  /** When it closes, if it is open, or else opens next; absent when it never does. */
  readonly untilMs?: number;
}

export interface ScheduleSpec {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  readonly durationMs: number;
  /** IANA name. */
  readonly timeZone: string;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Openings that are followed before it counts as open for ever: more than two years of days, a thousand of years. */
const MAX_FOLLOWED = 1_000;

export class Schedule {
  readonly #cron: Cron;
  readonly #durationMs: number;
  readonly #zone: ZoneOffset;
  /** Minutes of a day at which it opens. */
  readonly #minutes: readonly number[];
  /** For each of {@link #minutes}: the index of the last one up to which it stays open. */
  readonly #reach: readonly number[];

  /** @throws Error when the expression or the zone is not valid; see {@link scheduleProblem}. */
  constructor({ cron, durationMs, timeZone }: ScheduleSpec) {
    this.#cron = parse(cron, timeZone);
    this.#durationMs = durationMs;
    this.#zone = new ZoneOffset(timeZone);
    this.#minutes = minutesOfDay(patternOf(cron, timeZone));
    this.#reach = reachOf(this.#minutes, durationMs);
  }

  /** The state at a moment. */
  at(nowMs: number): ScheduleState {
    const openedMs = this.#lastOpening(nowMs);
    const open = openedMs !== undefined && openedMs + this.#durationMs > nowMs;
    const untilMs = open ? this.#closing(openedMs) : this.#nextOpening(nowMs);
    return untilMs === undefined ? { open } : { open, untilMs };
  }

  #closing(openedMs: number): number | undefined {
    let lastMs = openedMs;
    for (let followed = 0; followed < MAX_FOLLOWED; followed++) {
      lastMs = this.#sameDay(lastMs);
      const closesMs = lastMs + this.#durationMs;
      const nextMs = this.#nextOpening(lastMs);
      if (nextMs === undefined || nextMs > closesMs) return closesMs;
      lastMs = nextMs;
    }
    return undefined;
  }

  /** The last opening of the same day up to which it stays open, as far as clocks do not change in between. */
  #sameDay(openingMs: number): number {
    const offsetMs = this.#zone.offsetMs(openingMs);
    const minute = Math.floor((openingMs + offsetMs) / MINUTE_MS) % 1440;
    const index = this.#minutes.indexOf(minute);
    if (index < 0) return openingMs;
    let last = this.#reach[index] ?? index;
    while (last > index) {
      const laterMs = openingMs + ((this.#minutes[last] ?? minute) - minute) * MINUTE_MS;
      if (this.#zone.offsetMs(laterMs) === offsetMs) return laterMs;
      last = index + Math.floor((last - index) / 2);
    }
    return openingMs;
  }

  /** At this moment, or before it. */
  #lastOpening(nowMs: number): number | undefined {
    const nextSecondMs = (Math.floor(nowMs / SECOND_MS) + 1) * SECOND_MS;
    return this.#cron.previousRuns(1, new Date(nextSecondMs))[0]?.getTime();
  }

  /** After this moment. */
  #nextOpening(nowMs: number): number | undefined {
    return this.#cron.nextRun(new Date(nowMs))?.getTime();
  }
}

/** What is wrong with an expression or its zone; undefined when a {@link Schedule} can be made of them and opens some day. */
export function scheduleProblem(
  { cron, timeZone }: Pick<ScheduleSpec, 'cron' | 'timeZone'>,
  nowMs: number,
): { readonly field: 'cron' | 'timeZone'; readonly message: string } | undefined {
  if (!isTimeZone(timeZone)) return { field: 'timeZone', message: 'is not the IANA name of a time zone' };
  try {
    patternOf(cron, timeZone);
    if (parse(cron, timeZone).nextRun(new Date(nowMs)) !== null) return undefined;
    return { field: 'cron', message: 'never comes' };
  } catch (error) {
    const reported = error instanceof Error ? error.message.replace(/^Cron\w*: /, '') : String(error);
    return { field: 'cron', message: `is not a cron expression of five fields: ${reported}` };
  }
}

/** Names of time zones, for suggestions; older names beside them are valid too. */
export function timeZoneNames(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}

function parse(cron: string, timeZone: string): Cron {
  return new Cron(cron, { mode: '5-part', timezone: timeZone, paused: true });
}

/** The library takes a date for a schedule of one opening; this does not. */
function patternOf(cron: string, timeZone: string): CronPattern {
  return new CronPattern(cron, timeZone, { mode: '5-part' });
}

/** Short names mean different places to different people: `CST` is Chicago to the machine and China to many. */
function isTimeZone(name: string): boolean {
  if (name !== 'UTC' && !/^[A-Za-z_]+\//.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function minutesOfDay({ hour, minute }: CronPattern): readonly number[] {
  return hour.flatMap((atHour, h) =>
    atHour ? minute.flatMap((atMinute, m) => (atMinute ? [h * 60 + m] : [])) : [],
  );
}

function reachOf(minutes: readonly number[], durationMs: number): readonly number[] {
  const reach: number[] = [];
  for (let index = minutes.length - 1; index >= 0; index--) {
    const gap = (minutes[index + 1] ?? Number.POSITIVE_INFINITY) - (minutes[index] ?? 0);
    reach[index] = gap * MINUTE_MS <= durationMs ? (reach[index + 1] ?? index) : index;
  }
  return reach;
}

/** How far the clocks of a time zone are ahead of UTC. */
class ZoneOffset {
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError when there is no such zone. */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Milliseconds at a moment, whole seconds. Years before the first are not known. */
  offsetMs(atMs: number): number {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of this.#format.formatToParts(atMs)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const wholeMs = Math.floor(atMs / 1_000) * 1_000;
    return Date.UTC(year, month - 1, day, hour, minute, second) - wholeMs;
  }
}
