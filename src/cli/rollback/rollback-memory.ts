/**
 * What a rollback remembers: every write, with its cause, and nothing else. It owns no instance, lets none go, owes
 * nothing, and tells only the owners what was read of their instances.
 */
import type { BindingKey } from '../../api/ids.ts';
import type { Sink } from '../../ports/status.ts';
import type { LocalState } from '../../store/local-state.ts';
import type { ConvergeMemory } from '../apply/converge.ts';

export function rollbackMemory(state: LocalState, statuses: Sink): ConvergeMemory {
  const owners = state.owners();
  return {
    sinks: [statuses],
    journal: {
      intend: (intents) =>
        state.intend(
          intents.map((intent) => ({
            ...intent,
            cause: 'rolled-back',
            binding: owners.get(intent.instanceId) ?? wholeKey(intent.binding),
          })),
        ),
      conclude: (ids, conclusion) => state.conclude(ids, conclusion),
      verified: (id, observed) => state.verified(id, observed),
      open: (sinceMs) => state.open(sinceMs),
      recent: (sinceMs) => state.recent(sinceMs),
    },
    inventory: {
      owners: () => owners,
      ownerPages: () => [owners],
      own: () => {},
      // A list that is seen before a first write is worth keeping only for who owns the instance.
      keepOriginal: (originals) => state.keepOriginal([...originals].filter(([id]) => owners.has(id))),
      original: (id) => state.original(id),
      pendingRestores: () => [],
      setPendingRestores: () => {},
    },
  };
}

/** The parts of one owner are told apart by a number, which nobody else knows. */
function wholeKey(key: BindingKey): BindingKey {
  return key.replace(/ \(\d+\)$/, '') as BindingKey;
}
