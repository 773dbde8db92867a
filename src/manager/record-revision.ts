/** Records a revision together with what it declares, so that every revision can be compared and gone back to. */
import { hash } from 'node:crypto';
import type { Approval } from '../api/approval.ts';
import { allAtOnce } from '../api/steps.ts';
import type { Binding } from '../core/model.ts';
import { DeclarationHistory, type DeclaredChanges } from '../store/sqlite/declaration-history.ts';
import { RevisionTable } from '../store/sqlite/revision-table.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';
import type { RevisionRecord } from './revision-record.ts';

export interface NewRevision {
  readonly revision: string;
  readonly bindings: Iterable<Binding>;
  readonly record: RevisionRecord;
  readonly nowMs: number;
}

/** Counts that say how the revision differs from the one recorded before it replace those of the record. */
export function recordRevision(file: StateFile, made: NewRevision): DeclaredChanges {
  return allAtOnce(recordInSteps(file, made));
}

/** As {@link recordRevision}, and yields each time when other work may go on; nothing counts before the last step. */
export function* recordInSteps({ database }: StateFile, made: NewRevision): Generator<void, DeclaredChanges> {
  const { revision, bindings, record, nowMs } = made;
  const revisions = new RevisionTable(database);
  const history = new DeclarationHistory(database);
  const changes = yield* history.stage(revisions.nextId(), declared(bindings));
  revisions.append(revision, JSON.stringify({ ...record, ...changes }), nowMs);
  return changes;
}

/** Characters of a declaration without its instances, and of each instance. */
const ROUGH_SIZE = 500;
const ROUGH_SIZE_OF_INSTANCE = 16;

/** A source keeps the object of a binding that did not change: its digest is made once. */
const DIGESTS = new WeakMap<Binding, string>();

function* declared(bindings: Iterable<Binding>) {
  for (const binding of bindings) {
    let digest = DIGESTS.get(binding);
    if (digest === undefined) {
      digest = hash('sha256', JSON.stringify(meaning(binding)), 'base64');
      DIGESTS.set(binding, digest);
    }
    const size = ROUGH_SIZE + binding.instanceIds.length * ROUGH_SIZE_OF_INSTANCE;
    yield { binding: binding.key, digest, size, body: () => JSON.stringify(asDeclared(binding)) };
  }
}

/** The declaration alone: why a newer one is not in force, and since when it is, are no part of it. */
function asDeclared(declared: Binding): Binding {
  const { invalid: _, acceptedIn: __, refusedEmergency: ___, approvedPlan, emergency, ...binding } = declared;
  return {
    ...binding,
    ...(approvedPlan === undefined ? {} : { approvedPlan: withoutNumber(approvedPlan) }),
    ...(emergency === undefined
      ? {}
      : { emergency: { untilMs: emergency.untilMs, reason: emergency.reason } }),
  };
}

function withoutNumber({ acceptedIn: _, ...approval }: Approval): Approval {
  return approval;
}

/** What makes two declarations differ: not the line, and not the revision in which they were read. */
function meaning(binding: Binding): object {
  const { origin, ...rest } = asDeclared(binding);
  return [rest, origin.kind === 'directory' ? origin.file : origin.uid];
}
