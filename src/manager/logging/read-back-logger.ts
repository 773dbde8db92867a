/** Tells the log what was read back after writes: in one line what one read of the cloud has shown of many instances. */
import type { GroupList } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { idRanges } from '../../core/text/id-ranges.ts';
import { count, listText, someOf } from '../../core/text/words.ts';
import type { WriteIntent } from '../../ports/journal.ts';
import type { Log } from '../../runtime/log.ts';

/** An entry of the journal and the list that completes it. */
export interface Reading {
  readonly journalId: number;
  readonly observed: GroupList;
  /** Absent when an earlier process wrote it. */
  readonly intent?: WriteIntent | undefined;
}

export class ReadBackLogger {
  readonly #log: Log;
  #gathered: Reading[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** Tells of it when the present turn of the event loop ends, with what else was read in it. */
  add(reading: Reading): void {
    this.#gathered.push(reading);
    if (this.#gathered.length === 1) queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    const readings = this.#gathered;
    this.#gathered = [];
    for (const same of Map.groupBy(readings, alike).values()) this.#tellOne(same);
  }

  /** Readings that differ in nothing but the instance. */
  #tellOne(readings: readonly Reading[]): void {
    const [first] = readings;
    if (first === undefined) return;
    const { observed, intent } = first;
    const journal = idRanges(readings.map(({ journalId }) => journalId));
    if (intent === undefined) {
      const what = `${count(readings.length, 'write')} of an earlier run settled by reading back`;
      this.#log.info({ journal, observed }, `${what} ${listText(observed)}`);
      return;
    }
    const { binding, cause, after } = intent;
    const instanceIds = readings.flatMap((reading) => reading.intent?.instanceId ?? []);
    const fields = { binding, instanceIds, journal };
    const who =
      instanceIds.length === 1
        ? String(instanceIds[0])
        : `${count(instanceIds.length, 'instance')} (${someOf(instanceIds)})`;
    if (!sameSequence(observed, after)) {
      this.#log.warn(fields, `${who} read back as ${listText(observed)}, written was ${listText(after)}`);
    } else if (cause === 'drift')
      this.#log.info(fields, `${who} repaired: read back as ${listText(observed)}`);
    else this.#log.debug(fields, `${who} in sync: read back as ${listText(observed)}`);
  }
}

function alike({ observed, intent }: Reading): string {
  return JSON.stringify([observed, intent?.binding, intent?.cause, intent?.after]);
}
