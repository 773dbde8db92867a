/**
 * With `deletionPolicy: Restore` the list from before is a promise: where the state file dies with the process, it
 * has to stand where the next process finds it before the first write of the instance leaves.
 */

import { scopeKey } from '../../core/model.ts';
import { believed } from '../../core/stale-read.ts';
import { transition } from '../../core/transition.ts';
import type { BatchEntry } from './instance-change.ts';
import type { ScopeParts } from './scope-parts.ts';

/** A list that was not kept by then is asked for again. */
const ASK_AGAIN_MS = 5_000;

/** The entries that may be written now; the others are written as soon as their lists are persisted. @throws when the inventory cannot be written. */
export function withPersistedOriginals(
  parts: ScopeParts,
  entries: readonly BatchEntry[],
): readonly BatchEntry[] {
  const waiting = entries.filter((entry) => !isPersisted(parts, entry));
  if (waiting.length > 0) ask(parts, waiting);
  const ready = entries.filter((entry) => !waiting.includes(entry));
  for (const { record } of ready) transition(record, { kind: 'original-persisted' });
  return ready;
}

function isPersisted({ persistedOriginals }: ScopeParts, { record, claim }: BatchEntry): boolean {
  if (persistedOriginals === undefined || claim.restores || claim.owner.deletionPolicy !== 'Restore')
    return true;
  return persistedOriginals.has(claim.owner, record.id);
}

function ask(parts: ScopeParts, waiting: readonly BatchEntry[]): void {
  const { inventory, clock, log, scope } = parts;
  inventory.keepOriginal(waiting.map(({ record }) => [record.id, believed(record)]));
  const late = waiting.filter(({ record }) => record.awaitsOriginal).length;
  if (late > 0) {
    log.warn(
      { scope: scopeKey(scope), instances: late },
      'not written yet: the lists from before, which deletionPolicy Restore promises, are not kept yet in the status and by the finalizer',
    );
  }
  for (const { record } of waiting) {
    transition(record, { kind: 'original-awaited' });
    parts.dispatchers.requestWrite(record, { notBeforeMs: clock.now() + ASK_AGAIN_MS });
  }
  parts.statuses.enqueueNow(new Set(waiting.map(({ claim }) => claim.owner.key)));
}
