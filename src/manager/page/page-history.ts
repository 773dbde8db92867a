/** The history that the page shows: from the journal, or from what the objects of a cluster tell. */
import { type HistoryFilter, isWithin } from '../../core/history-filter.ts';
import type { HistoryPage, HistoryQuery, PageView } from '../../http/page/view.ts';
import type { BindingObject } from '../../kubernetes/source/binding-object.ts';
import type { Clock } from '../../runtime/clock.ts';
import { JournalTable } from '../../store/sqlite/journal-table.ts';
import { TrafficTable } from '../../store/sqlite/traffic-table.ts';
import { historyEntries, historyLines, objectLines } from '../history/history-line.ts';
import { OBJECTS_TELL_LITTLE, objectWrites } from '../history/object-history.ts';
import type { RunState } from '../run-state.ts';

const DAY_MS = 86_400_000;
/** Days of drift. */
const DAYS = 14;
/** Writes of one page; those of one call with the same lists are one line. */
const WRITES_OF_PAGE = 100;

export interface PageHistoryOptions {
  readonly state: RunState;
  readonly objects: () => Iterable<BindingObject>;
  readonly clock: Clock;
}

export class PageHistory {
  readonly #options: PageHistoryOptions;
  readonly #journal: JournalTable | undefined;
  readonly #traffic: TrafficTable | undefined;

  constructor(options: PageHistoryOptions) {
    this.#options = options;
    const { file } = options.state;
    this.#journal = file && new JournalTable(file.database, { clock: options.clock, actor: 'page' });
    this.#traffic = file && new TrafficTable(file.database);
  }

  page(query: HistoryQuery): HistoryPage {
    return this.#journal === undefined ? this.#ofObjects(query) : this.#ofJournal(this.#journal, query);
  }

  drift(): ReturnType<PageView['drift']> {
    const today = Math.floor(this.#options.clock.wall() / DAY_MS);
    const first = today - DAYS + 1;
    const counts = this.#journal?.driftPerDay(first * DAY_MS) ?? this.#objectDrift();
    return Array.from({ length: DAYS }, (_, index) => ({
      day: new Date((first + index) * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length),
      instances: counts.get(first + index) ?? 0,
    }));
  }

  /** What changed traffic without a write stands between the writes before and after it. */
  #ofJournal(journal: JournalTable, { page, ...filter }: HistoryQuery): HistoryPage {
    const offset = (page - 1) * WRITES_OF_PAGE;
    const rows = journal.query({ ...filter, offset, limit: WRITES_OF_PAGE + 1 });
    const [newest] = rows;
    const next = rows[WRITES_OF_PAGE];
    const writes = rows.slice(0, WRITES_OF_PAGE);
    const within: HistoryFilter = {
      ...filter,
      ...(page > 1 && newest !== undefined ? { untilMs: newest.intendedMs } : {}),
      ...(next === undefined ? {} : { sinceMs: next.intendedMs + 1 }),
    };
    const traffic = page > 1 && newest === undefined ? [] : (this.#traffic?.query(within) ?? []);
    return { lines: historyLines(historyEntries(writes, traffic)), more: next !== undefined };
  }

  #ofObjects({ page, ...filter }: HistoryQuery): HistoryPage {
    const matching = objectWrites([...this.#options.objects()]).filter((write) => isWithin(filter, write));
    const end = page * WRITES_OF_PAGE;
    const lines = objectLines(matching.slice(end - WRITES_OF_PAGE, end));
    return { lines, more: matching.length > end, note: OBJECTS_TELL_LITTLE };
  }

  #objectDrift(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { cause, time, instanceCount } of objectWrites([...this.#options.objects()])) {
      const day = Math.floor(Date.parse(time) / DAY_MS);
      if (cause === 'drift') counts.set(day, (counts.get(day) ?? 0) + instanceCount);
    }
    return counts;
  }
}
