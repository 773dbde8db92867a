/**
 * With `deletionPolicy: Restore` the list from before is a promise: where the state file dies with the process, it
 * has to stand where the next process finds it before the first write of the instance leaves.
 */

import { scopeKey } from '../../core/model.ts';
import { believed } from '../../core/stale-read.ts';
import type { ScopeContext } from '../scope/scope-context.ts';
import type { BatchEntry } from '../write/batch-entry.ts';

/** A list that was not kept by then is asked for again. */
const ASK_AGAIN_MS = 5_000;

/** The entries that may be written now; the others are written as soon as their lists are kept. @throws when the inventory cannot be written. */
export function safelyKept(context: ScopeContext, entries: readonly BatchEntry[]): readonly BatchEntry[] {
  const waiting = entries.filter((entry) => !isKept(context, entry));
  if (waiting.length > 0) ask(context, waiting);
  const ready = entries.filter((entry) => !waiting.includes(entry));
  for (const { record } of ready) record.awaitsKeeping = false;
  return ready;
}

function isKept({ safekeeping }: ScopeContext, { record, claim }: BatchEntry): boolean {
  if (safekeeping === undefined || claim.restores || claim.winner.deletionPolicy !== 'Restore') return true;
  return safekeeping.has(claim.winner, record.id);
}

function ask(context: ScopeContext, waiting: readonly BatchEntry[]): void {
  const { inventory, clock, log, scope } = context;
  inventory.keepOriginal(waiting.map(({ record }) => [record.id, believed(record)]));
  const late = waiting.filter(({ record }) => record.awaitsKeeping).length;
  if (late > 0) {
    log.warn(
      { scope: scopeKey(scope), instances: late },
      'not written yet: the lists from before, which deletionPolicy Restore promises, are not kept yet in the status and by the finalizer',
    );
  }
  for (const { record } of waiting) {
    record.awaitsKeeping = true;
    context.requestWrite(record, { notBeforeMs: clock.now() + ASK_AGAIN_MS });
  }
  context.publishSoon(new Set(waiting.map(({ claim }) => claim.winner.key)));
}
