/**
 * The last changes of each object, for its status: writes, with what they opened and closed, and changed rules. It listens to
 * the journal, remembers the writes of this process, and puts them before what the object already
 * tells of earlier ones.
 *
 * What was written within a minute with the same lists, the same cause and the same outcome is one entry, and so are
 * attempts that fail again and again: a large fleet or a long outage pushes nothing else out.
 */

import { LONGEST_REASON } from '../../api/approval.ts';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { type Permit, permitText } from '../../api/permit.ts';
import { trafficNote } from '../../core/firewall/traffic-note.ts';
import type { GroupList } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import type { WriteCause, WriteConclusion, WriteIntent, WriteOutcome } from '../../ports/journal.ts';
import type { RuleTraffic, WriteTraffic } from '../../ports/traffic.ts';
import type { Clock } from '../../runtime/clock.ts';
import { cutText } from './stored-text.ts';

/** Entries of a status. */
export const HISTORY_ENTRIES = 10;

/** One change, for instances that had the same list and got the same. */
export interface WrittenChange {
  /** When the first of them was sent. */
  readonly sentMs: number;
  /** `rules`: not a write, rules of its groups were changed. */
  readonly cause: WriteCause | 'rules';
  /** Absent for what is no write. */
  readonly outcome?: WriteOutcome;
  readonly generation: number;
  readonly permit?: Permit | undefined;
  readonly instanceIds: ReadonlySet<InstanceId>;
  readonly before: GroupList;
  readonly after: GroupList;
  /** Of the last of them. */
  readonly requestId: string;
  /** Absent where it is not known, or nothing. */
  readonly traffic?: ChangedTraffic | undefined;
}

/** What a change opened and closed. */
interface ChangedTraffic {
  readonly sentences: readonly string[];
  /** Of a repair: when the declared list was last read before. */
  readonly sinceMs?: number | undefined;
}

interface GrowingChange extends WrittenChange {
  readonly instanceIds: Set<InstanceId>;
  requestId: string;
  traffic?: ChangedTraffic | undefined;
}

/** An entry of `status.history`, as far as it is looked at here; the rest is passed on. */
export interface HistoryStatus {
  readonly time: string;
  readonly cause: string;
  readonly before?: readonly string[] | undefined;
  readonly after: readonly string[];
}

const TOGETHER_MS = 60_000;
const NAMED_INSTANCES = 10;
const LISTED_GROUPS = 100;
const LONGEST_AUTHORITY = 256;
const LONGEST_REQUEST_ID = 128;
const LONGEST_SENTENCE = 512;

export interface WriteHistoryOptions {
  readonly clock: Clock;
  /** Whether the object of this uid declares the binding at present: no status tells of what is written for others. */
  readonly isDeclared: (key: BindingKey, uid: string) => boolean;
}

export class WriteHistory {
  readonly #options: WriteHistoryOptions;
  readonly #sent = new Map<number, { readonly intent: WriteIntent; readonly sentMs: number }>();
  /** Of the object that declares the binding, newest first. */
  readonly #changes = new Map<BindingKey, { readonly uid: string; readonly newest: GrowingChange[] }>();
  /** What writes with the same lists open and close, by binding and lists: writes may end before or after that is known. */
  readonly #traffic = new Map<BindingKey, Map<string, ChangedTraffic>>();

  constructor(options: WriteHistoryOptions) {
    this.#options = options;
  }

  intended(ids: readonly number[], intents: readonly WriteIntent[]): void {
    const sentMs = this.#options.clock.wall();
    for (const [index, intent] of intents.entries()) {
      const id = ids[index];
      if (id !== undefined && intent.origin.kind === 'kubernetes') this.#sent.set(id, { intent, sentMs });
    }
  }

  /** What this process wrote for an object, newest first. */
  of(key: BindingKey, uid: string): readonly WrittenChange[] {
    return this.#changesOf(key, uid);
  }

  written({ binding, before, after, changes, sinceMs }: WriteTraffic): void {
    const traffic = { sentences: trafficNote(changes).sentences, sinceMs };
    const known = this.#traffic.get(binding) ?? new Map<string, ChangedTraffic>();
    this.#traffic.set(binding, known);
    const lists = listsOf({ before, after });
    known.delete(lists);
    known.set(lists, traffic);
    if (known.size > HISTORY_ENTRIES) known.delete(known.keys().next().value ?? '');
    for (const change of this.#changes.get(binding)?.newest ?? []) {
      if (change.traffic === undefined && listsOf(change) === lists) change.traffic = traffic;
    }
  }

  rulesChanged({ binding, origin, instanceIds, list, changes, foundMs }: RuleTraffic): void {
    if (origin.kind !== 'kubernetes' || !this.#options.isDeclared(binding, origin.uid)) return;
    this.#add(
      { key: binding, uid: origin.uid },
      {
        ...{ sentMs: foundMs, cause: 'rules', generation: origin.generation },
        ...{ instanceIds: new Set(instanceIds), before: list, after: list, requestId: '' },
        traffic: { sentences: trafficNote(changes, { past: true }).sentences },
      },
    );
  }

  /** The binding is not declared any more. */
  forget(key: BindingKey): void {
    this.#changes.delete(key);
    this.#traffic.delete(key);
  }

  #changesOf(key: BindingKey, uid: string): readonly GrowingChange[] {
    const present = this.#changes.get(key);
    return present?.uid === uid ? present.newest : [];
  }

  concluded(ids: readonly number[], { outcome, requestId }: WriteConclusion): void {
    for (const id of ids) {
      const sent = this.#sent.get(id);
      this.#sent.delete(id);
      if (sent?.intent.origin.kind !== 'kubernetes') continue;
      const { intent, sentMs } = sent;
      const { binding, cause, permit, instanceId, before, after } = intent;
      const { uid, generation } = sent.intent.origin;
      // A list may be put back for long after its object was deleted, and nobody would forget that again.
      if (!this.#options.isDeclared(binding, uid)) continue;
      const facts = { cause, outcome, generation, permit, before, after, requestId };
      this.#add({ key: binding, uid }, { ...facts, sentMs, instanceIds: new Set([instanceId]) });
    }
  }

  #add({ key, uid }: { readonly key: BindingKey; readonly uid: string }, change: GrowingChange): void {
    const changes = this.#changesOf(key, uid);
    change.traffic ??= this.#traffic.get(key)?.get(listsOf(change));
    const same = changes.find((one) => belongsTo(one, change));
    if (same === undefined) {
      this.#changes.set(key, { uid, newest: [change, ...changes].slice(0, HISTORY_ENTRIES) });
    } else {
      same.requestId = change.requestId;
      same.traffic ??= change.traffic;
      for (const id of change.instanceIds) same.instanceIds.add(id);
    }
  }
}

/** `status.history`: the changes of this process, and what the object tells of those of others. */
export function historyStatus(
  changes: readonly WrittenChange[],
  earlier: readonly HistoryStatus[] = [],
): readonly HistoryStatus[] {
  const own = changes.map(entryOf);
  const known = new Set(own.map(identity));
  const others = earlier.filter((entry) => !known.has(identity(entry)));
  return [...own, ...others]
    .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0))
    .slice(0, HISTORY_ENTRIES);
}

function belongsTo(one: WrittenChange, change: WrittenChange): boolean {
  const fails = one.outcome !== undefined && one.outcome !== 'accepted';
  const isOfRules = one.cause === 'rules' || change.cause === 'rules';
  return (
    !isOfRules &&
    (change.sentMs - one.sentMs < TOGETHER_MS || fails) &&
    one.cause === change.cause &&
    one.outcome === change.outcome &&
    one.generation === change.generation &&
    permitText(one.permit) === permitText(change.permit) &&
    sameSequence(one.before, change.before) &&
    sameSequence(one.after, change.after)
  );
}

function listsOf({ before, after }: Pick<WrittenChange, 'before' | 'after'>): string {
  return `${before.join()}>${after.join()}`;
}

function entryOf(change: WrittenChange): HistoryStatus {
  const { sentMs, cause, outcome, generation, permit, instanceIds, traffic } = change;
  return {
    // RFC 3339 with whole seconds.
    time: rfc3339Seconds(sentMs),
    cause,
    ...(outcome === undefined ? { generation } : { outcome, generation }),
    ...(permit === undefined ? {} : permitStatus(permit)),
    ...{ instanceCount: instanceIds.size, instanceIds: [...instanceIds].slice(0, NAMED_INSTANCES) },
    ...(cause === 'rules' ? {} : { before: change.before.slice(0, LISTED_GROUPS) }),
    after: change.after.slice(0, LISTED_GROUPS),
    ...(change.requestId === '' ? {} : { requestId: change.requestId.slice(0, LONGEST_REQUEST_ID) }),
    ...(traffic === undefined ? {} : trafficStatus(traffic)),
  };
}

function trafficStatus({ sentences, sinceMs }: ChangedTraffic): object {
  return {
    traffic: sentences.map((sentence) =>
      cutText(sentence, { characters: LONGEST_SENTENCE, bytes: LONGEST_SENTENCE }),
    ),
    ...(sinceMs === undefined ? {} : { since: rfc3339Seconds(sinceMs) }),
  };
}

function permitStatus(permit: Permit): object {
  const { approvedBy, emergency } = permit;
  return {
    authority: permitText(permit).slice(0, LONGEST_AUTHORITY),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(emergency === undefined
      ? {}
      : { emergency: { ...emergency, reason: emergency.reason.slice(0, LONGEST_REASON) } }),
  };
}

/** What stays the same while an entry grows. */
function identity({ time, cause, before = [], after }: HistoryStatus): string {
  return JSON.stringify([time, cause, before, after]);
}
