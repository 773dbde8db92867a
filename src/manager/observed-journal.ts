/** A journal that tells of every write, and holds writes back until it is stored what declares them. */
import { type Journal, JournalBehind, type JournalListener } from '../ports/journal.ts';
import type { Recorder } from './persist-before-act.ts';

export interface ObservedJournalOptions {
  /** What they are told comes first: a restart must not know an older truth than the cloud. */
  readonly recorders: readonly Recorder[];
  readonly listeners: readonly Partial<JournalListener>[];
}

/** The same journal. It is behind, and takes no intent, before everything that a recorder was told is stored. */
export function observedJournal(journal: Journal, { recorders, listeners }: ObservedJournalOptions): Journal {
  return {
    intend(intents) {
      if (!recorders.every((recorder) => recorder.flush())) throw new JournalBehind();
      const ids = journal.intend(intents);
      for (const listener of listeners) listener.intended?.(ids, intents);
      return ids;
    },
    conclude(ids, conclusion) {
      // First: what was sent is true even where the journal cannot be written.
      for (const listener of listeners) listener.concluded?.(ids, conclusion);
      journal.conclude(ids, conclusion);
    },
    verified(id, observed) {
      journal.verified(id, observed);
      for (const listener of listeners) listener.readBack?.(id, observed);
    },
    open: (sinceMs) => journal.open(sinceMs),
    recent: (sinceMs) => journal.recent(sinceMs),
  };
}
