/**
 * What each event does to the record of an instance. This is the only code that assigns to a record.
 *
 * | event             | from                    | to            | and                                                     |
 * |-------------------|-------------------------|---------------|---------------------------------------------------------|
 * | declared          | any                     | the same      | what failed, was fought about or not in force is over   |
 * | read, with it     | unread, missing         | observed      | reads fail no more                                      |
 * | read, with it     | observed, unconfirmed   | the same      | what says the same stays the same object                |
 * | read, without it  | unread, observed        | missing       |                                                         |
 * | read, overlapping | a write began or ended  | the same      | only that reads fail no more is believed                |
 * | read-failed       | any                     | the same      | it counts, unless it says nothing of the instance       |
 * | interned          | observed                | observed      |                                                         |
 * | sent              | observed, unconfirmed   | sending       | a repair counts as one of a fight                       |
 * | abandoned         | sending                 | as before it  |                                                         |
 * | accepted          | sending                 | unconfirmed   | writes fail no more                                     |
 * | write-failed      | sending                 | as before it  | nothing changed: it counts, unless it says nothing      |
 * | write-failed      | sending                 | unconfirmed   | nobody knows how it ended: it counts too                |
 * | recovered         | any                     | unconfirmed   | an older write is answered by the next read as well     |
 * | intents-settled   | any                     | the same      |                                                         |
 * | read-back         | unconfirmed             | observed      | of an accepted one every later difference is drift      |
 * | found-in-sync     | observed                | observed      | what failed is over, and after a quiet time the fight   |
 * | found-drift       | observed                | observed      | after many repairs it is a fight                        |
 * | retry             | any                     | the same      | the next attempt need not wait                          |
 * | outage-ended      | any                     | the same      | what lost its replies shares batches again              |
 * | original-awaited, original-persisted | any  | the same      |                                                         |
 */
import { driftFound, NO_REWRITES, quiet, rewritten } from './fight.ts';
import {
  type InstanceEvent,
  type InstanceRecord,
  NO_INTENTS,
  type SentWrite,
  spansWrite,
  stateWord,
} from './instance.ts';
import type { GroupList, ObservedInstance } from './model.ts';
import { sameSequence } from './plan.ts';
import { staleLists } from './stale-read.ts';

type Changing = { -readonly [Field in keyof InstanceRecord]: InstanceRecord[Field] };
type EventOf<Kind extends InstanceEvent['kind']> = InstanceEvent & { readonly kind: Kind };

/** Notes in the record what has happened. */
export function transition(record: InstanceRecord, event: InstanceEvent): void {
  const changing = record as Changing;
  switch (event.kind) {
    case 'declared':
      return declared(changing, event);
    case 'read':
      return read(changing, event);
    case 'read-failed':
      changing.readFailure = event.failure ?? changing.readFailure;
      changing.readGroup = event.group;
      return;
    case 'interned':
      if (changing.observed !== undefined) changing.observed = { ...changing.observed, sgIds: event.sgIds };
      return;
    case 'sent':
      return sent(changing, event);
    case 'abandoned':
      return ended(changing);
    case 'accepted':
      return accepted(changing, event);
    case 'write-failed':
      return writeFailed(changing, event);
    case 'recovered':
      return awaitReading(changing, event.write);
    case 'intents-settled':
      changing.openIntents = NO_INTENTS;
      return;
    case 'read-back':
      return readBack(changing, event);
    case 'found-in-sync':
      return foundInSync(changing, event);
    case 'found-drift':
      return foundDrift(changing, event);
    case 'retry':
      changing.failure = changing.failure && { ...changing.failure, nextAtMs: 0 };
      return;
    case 'outage-ended':
      return outageEnded(changing, event);
    case 'original-awaited':
      changing.awaitsOriginal = true;
      return;
    case 'original-persisted':
      changing.awaitsOriginal = false;
      return;
    default:
      return event satisfies never;
  }
}

function declared(record: Changing, { wasInSync, firstSeen }: EventOf<'declared'>): void {
  record.wasInSync = wasInSync;
  record.firstSeen = firstSeen;
  record.failure = undefined;
  record.mismatch = undefined;
  record.writeGroup = '';
  record.rewrites = NO_REWRITES;
}

function read(record: Changing, { seen, epoch, atMs }: EventOf<'read'>): void {
  record.readFailure = undefined;
  record.readGroup = '';
  if (spansWrite(record, epoch)) return;
  const { observed } = record;
  if (observed !== undefined && seen !== undefined && !sameSequence(observed.sgIds, seen.sgIds)) {
    record.inSyncUntilMs ||= record.observedAtMs;
  }
  record.observedAtMs = atMs;
  // A read that says the same keeps the old object: thousands of new copies a minute would fill the heap.
  if (observed !== undefined && seen !== undefined && sameReading(observed, seen)) return;
  record.observed = seen && { ...seen, instanceId: record.id };
  record.missing = seen === undefined;
}

/** Whether two reads of an instance say the same. */
function sameReading(a: ObservedInstance, b: ObservedInstance): boolean {
  if (!sameSequence(a.sgIds, b.sgIds) || stateWord(a) !== stateWord(b)) return false;
  if (a.name !== b.name || a.vpcId !== b.vpcId) return false;
  if (a.latestOperationError !== b.latestOperationError) return false;
  if (a.tags === b.tags) return true;
  if (a.tags === undefined || b.tags === undefined) return false;
  const [tags, others] = [Object.entries(a.tags), b.tags];
  return tags.length === Object.keys(others).length && tags.every(([key, text]) => others[key] === text);
}

function sent(record: Changing, { repairs, fights, atMs }: EventOf<'sent'>): void {
  if (repairs && record.failure === undefined) record.rewrites = rewritten(record.rewrites, fights, atMs);
  record.writing = true;
  record.epoch++;
}

function ended(record: Changing): void {
  record.writing = false;
  record.epoch++;
}

function accepted(record: Changing, { write, lastWrite }: EventOf<'accepted'>): void {
  ended(record);
  record.lastWrite = lastWrite;
  record.failure = undefined;
  record.writeGroup = '';
  awaitReading(record, write);
}

function writeFailed(record: Changing, { write, failure, group, lastWrite }: EventOf<'write-failed'>): void {
  ended(record);
  record.lastWrite = lastWrite;
  record.writeGroup = group;
  record.failure = failure ?? record.failure;
  if (write !== undefined) awaitReading(record, write);
}

/** Reads may still show the list from before the write, and the lists that an earlier unconfirmed write left. */
function awaitReading(record: Changing, { journalId, before, after, accepted, atMs }: SentWrite): void {
  const earlier = record.unconfirmed;
  const observed = record.observed === undefined ? [] : [record.observed.sgIds];
  const stale = staleLists(earlier, [...observed, before], after);
  if (earlier !== undefined) record.openIntents = [...record.openIntents, earlier.journalId];
  record.unconfirmed = { journalId, after, stale, sinceMs: atMs, accepted };
}

/** After an accepted write every other list is drift. */
function readBack(record: Changing, { desired }: EventOf<'read-back'>): void {
  const { unconfirmed, observed } = record;
  record.unconfirmed = undefined;
  if (unconfirmed === undefined || observed === undefined || desired === undefined) return;
  if (!unconfirmed.accepted || !sameSequence(unconfirmed.after, desired)) return;
  record.wasInSync = true;
  const { sgIds, latestOperationState } = observed;
  // Once somebody has set the list back, their list is one from before the next write, and would look like a write without effect.
  if (sameSequence(sgIds, desired) || record.mismatch !== undefined) return;
  const unchanged = unconfirmed.stale.some((list) => sameSequence(list, sgIds));
  const ineffective = latestOperationState === 'FAILED' || unchanged || sameGroups(sgIds, desired);
  record.mismatch = ineffective ? 'not-in-force' : 'overwritten';
}

function sameGroups(a: GroupList, b: GroupList): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

function foundInSync(record: Changing, { fights, atMs }: EventOf<'found-in-sync'>): void {
  record.rewrites = quiet(record.rewrites, { rules: fights, nowMs: atMs });
  record.failure = undefined;
  record.writeGroup = '';
  record.mismatch = undefined;
  record.wasInSync = true;
  record.inSyncUntilMs = 0;
}

function foundDrift(record: Changing, { fights, atMs }: EventOf<'found-drift'>): void {
  const { observed } = record;
  if (observed === undefined) return;
  record.rewrites = driftFound(record.rewrites, observed.sgIds, { rules: fights, nowMs: atMs });
}

/** What the cloud refused goes on being bisected: one instance of the batch may be the reason. */
function outageEnded(record: Changing, { calls }: EventOf<'outage-ended'>): void {
  const failure = calls === 'writes' ? record.failure : record.readFailure;
  if (failure?.error.kind !== 'network') return;
  if (calls === 'reads') record.readGroup = '';
  else {
    record.writeGroup = '';
    record.failure = record.failure && { ...record.failure, nextAtMs: 0, attempts: 1 };
  }
}
