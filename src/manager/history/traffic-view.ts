/** What a write, drift or changed rules opened and closed, for people and for programs. */
import type { TrafficNote } from '../../core/firewall/traffic-note.ts';
import type { JournalRow } from '../../store/sqlite/journal-table.ts';
import type { TrafficRow } from '../../store/sqlite/traffic-table.ts';

/** As it is stored. */
interface StoredNote extends TrafficNote {
  /** When the declared list was last read before drift was found. */
  readonly since?: string;
  /** Whose rules were changed. */
  readonly groups?: readonly string[];
}

export interface ShownTraffic extends StoredNote {
  /** From the last read of the declared list to the read that showed it again: what drift opened was not open for longer. */
  readonly openAtMostSeconds?: number;
}

export function writeTraffic({ traffic, verifiedMs }: JournalRow): ShownTraffic | undefined {
  const note = traffic === undefined ? undefined : parsed(traffic);
  if (note?.since === undefined || verifiedMs === undefined) return note;
  return { ...note, openAtMostSeconds: Math.ceil((verifiedMs - Date.parse(note.since)) / 1_000) };
}

/** What changed traffic without a write; it has neither number nor outcome. */
export function trafficData(row: TrafficRow): unknown {
  const { id: _, foundMs, cause, origin, body, ...rest } = row;
  return {
    ...rest,
    cause: WITHOUT_WRITE[cause],
    time: new Date(foundMs).toISOString(),
    origin: JSON.parse(origin) as unknown,
    traffic: parsed(body),
  };
}

/** What history calls that for which nothing was written. */
export const WITHOUT_WRITE: Readonly<Record<TrafficRow['cause'], string>> = {
  drift: 'drift-found',
  rules: 'rules-changed',
};

/** `closes tcp/22 from 0.0.0.0/0; open for at most 62s`. */
export function writeTrafficText(row: JournalRow): string {
  const traffic = writeTraffic(row);
  return traffic === undefined ? '' : [...traffic.sentences, ...openFor(traffic)].join('; ');
}

export function trafficText({ body }: Pick<TrafficRow, 'body'>): string {
  const { sentences, since } = parsed(body);
  return [
    ...sentences,
    ...(since === undefined ? [] : [`since ${since.slice(0, 19)}Z at the earliest`]),
  ].join('; ');
}

function openFor({ since, openAtMostSeconds, changes }: ShownTraffic): string[] {
  // The write closes what drift had opened; what drift had closed was open for no time.
  const closes = changes.length === 0 || changes.some(({ effect }) => effect !== 'opens');
  if (since === undefined || !closes) return [];
  if (openAtMostSeconds === undefined) return [`open since ${since.slice(0, 19)}Z at the earliest`];
  return [`open for at most ${upTo(openAtMostSeconds)}`];
}

/** Rounded up, because it is a bound: `62s`, `3h12m`. */
function upTo(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.ceil(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${hours > 0 ? `${hours}h` : ''}${rest > 0 || hours === 0 ? `${rest}m` : ''}`;
}

function parsed(text: string): StoredNote {
  return JSON.parse(text) as StoredNote;
}
