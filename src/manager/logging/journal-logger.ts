/** Tells the log what goes through the journal: drift found, writes and their outcome, what was read back. */
import type { InstanceId } from '../../api/ids.ts';
import { permitText } from '../../api/permit.ts';
import { opensAnything, trafficNote } from '../../core/firewall/traffic-note.ts';
import { type GroupList, scopeKey } from '../../core/model.ts';
import { plan, sameSequence } from '../../core/plan.ts';
import { stepText } from '../../core/text/step-text.ts';
import { count, idRanges, listText, someOf } from '../../core/text/words.ts';
import type { JournalListener, WriteCause, WriteConclusion, WriteIntent } from '../../ports/journal.ts';
import type { DriftTraffic, RuleTraffic, TrafficRecorder, WriteTraffic } from '../../ports/traffic.ts';
import type { Log } from '../../runtime/log.ts';

/** Writes that are remembered until they are read back; more only means that the oldest are not told. */
const REMEMBERED = 100_000;

export class JournalLogger implements JournalListener {
  readonly #log: Log;
  readonly #readings: ReadBackLogger;
  readonly #pending = new Map<number, WriteIntent>();

  constructor(log: Log) {
    this.#log = log;
    this.#readings = new ReadBackLogger(log);
  }

  intended(ids: readonly number[], intents: readonly WriteIntent[]): void {
    for (const [index, intent] of intents.entries()) this.#pending.set(ids[index] ?? 0, intent);
    while (this.#pending.size > REMEMBERED) this.#pending.delete(this.#pending.keys().next().value ?? 0);
    const firstTries = intents.filter((intent) => intent.attempt === 1);
    for (const same of Map.groupBy(firstTries, alike).values()) this.#announce(same);
  }

  concluded(ids: readonly number[], conclusion: WriteConclusion): void {
    const intents = ids.flatMap((id) => this.#pending.get(id) ?? []);
    const [first] = intents;
    if (first === undefined) return;
    const { outcome, requestId, code, message } = conclusion;
    const fields = {
      scope: scopeKey(first.scope),
      api: first.api,
      instanceIds: idsOf(intents),
      journal: idRanges(ids),
      requestId,
    };
    const what = `write of ${count(ids.length, 'instance')}`;
    if (outcome === 'accepted') {
      this.#log.info(fields, `${what} accepted (${namesOf(intents)})`);
      return;
    }
    for (const id of outcome === 'rejected' ? ids : []) this.#pending.delete(id);
    this.#log.warn({ ...fields, code }, `${what} ${outcome} (${namesOf(intents)}): ${code}: ${message}`);
  }

  readBack(id: number, observed: GroupList): void {
    this.#readings.add({ journalId: id, observed, intent: this.#pending.get(id) });
    this.#pending.delete(id);
  }

  #announce(intents: readonly WriteIntent[]): void {
    const [first] = intents;
    if (first === undefined) return;
    const { binding, scope, before, after, cause, permit } = first;
    const steps = plan(before, after)
      .map((step) => stepText(step))
      .join(', ');
    const found = FOUND[cause];
    // Somebody else has changed what was in sync: one wants to know who.
    this.#log[cause === 'drift' ? 'warn' : 'info'](
      {
        binding,
        instanceIds: idsOf(intents),
        scope: scopeKey(scope),
        before,
        after,
        ...(permit === undefined ? {} : { authority: permitText(permit) }),
      },
      `${found} in ${count(intents.length, 'instance')} (${namesOf(intents)}): ${steps}`,
    );
  }
}

const FOUND: Readonly<Record<WriteCause, string>> = {
  drift: 'drift found',
  'first-seen': 'difference found',
  declared: 'change declared',
  restored: 'the list from before is put back',
  'rolled-back': 'an earlier list is put back',
};

function alike({ binding, cause, before, after }: WriteIntent): string {
  return JSON.stringify([binding, cause, before, after]);
}

function idsOf(intents: readonly WriteIntent[]): readonly InstanceId[] {
  return intents.map(({ instanceId }) => instanceId);
}

function namesOf(intents: readonly WriteIntent[]): string {
  return someOf(idsOf(intents));
}

// Tells the log what was read back after writes: in one line what one read of the cloud has shown of many instances.

/** An entry of the journal and the list that completes it. */
interface Reading {
  readonly journalId: number;
  readonly observed: GroupList;
  /** Absent when an earlier process wrote it. */
  readonly intent?: WriteIntent | undefined;
}

class ReadBackLogger {
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
    for (const same of Map.groupBy(readings, readAlike).values()) this.#tellOne(same);
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

function readAlike({ observed, intent }: Reading): string {
  return JSON.stringify([observed, intent?.binding, intent?.cause, intent?.after]);
}

/** Tells the log what drift, writes and changed rules have opened and closed. */
export class TrafficLogger implements TrafficRecorder {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  drifted({ binding, scope, instanceIds, declared, observed, changes, sinceMs }: DriftTraffic): void {
    const { sentences } = trafficNote(changes, { past: true });
    const since = sinceMs === undefined ? {} : { since: new Date(sinceMs).toISOString() };
    const earliest = 'since' in since ? `, since ${since.since} at the earliest` : '';
    const fields = {
      reason: 'DriftChangedTraffic',
      binding,
      instanceIds,
      scope: scopeKey(scope),
      declared,
      observed,
      ...since,
      traffic: sentences,
    };
    this.#log[opensAnything(changes) ? 'warn' : 'info'](
      fields,
      `drift in ${count(instanceIds.length, 'instance')} (${someOf(instanceIds)}) ${sentences.join('; ')}${earliest}`,
    );
  }

  written({ binding, instanceIds, journalIds, changes }: WriteTraffic): void {
    const { sentences } = trafficNote(changes);
    this.#log.info(
      { binding, instanceIds, journal: idRanges(journalIds), traffic: sentences },
      `the write of ${count(instanceIds.length, 'instance')} (${someOf(instanceIds)}) ${sentences.join('; ')}`,
    );
  }

  rulesChanged({ binding, scope, instanceIds, list, changedGroups, changes }: RuleTraffic): void {
    const { sentences } = trafficNote(changes, { past: true });
    const fields = {
      reason: 'RulesChanged',
      binding,
      instanceIds,
      scope: scopeKey(scope),
      list,
      groups: changedGroups,
      traffic: sentences,
    };
    this.#log[opensAnything(changes) ? 'warn' : 'info'](
      fields,
      `changed rules of ${someOf(changedGroups)} in ${count(instanceIds.length, 'instance')} (${someOf(instanceIds)}): ${sentences.join('; ')}`,
    );
  }
}
