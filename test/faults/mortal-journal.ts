/** A journal that tells of the moments at which its process can be killed, and is out of reach of a dead one. */
import type { Journal } from '../../src/ports/journal.ts';

/** Moments at which a process can be killed. */
export type Moment = 'intended' | 'sent' | 'applied' | 'concluded' | 'verified';

export interface MortalJournalOptions {
  readonly isAlive: () => boolean;
  readonly reached: (moment: Moment) => void;
}

/** @throws Error from each record that a dead process tries to make. */
export function mortalJournal(inner: Journal, { isAlive, reached }: MortalJournalOptions): Journal {
  const during = <T>(moment: Moment, record: () => T): T => {
    if (!isAlive()) throw new Error('the process is dead');
    const recorded = record();
    reached(moment);
    return recorded;
  };
  return {
    intend: (intents) => during('intended', () => inner.intend(intents)),
    conclude: (ids, conclusion) => during('concluded', () => inner.conclude(ids, conclusion)),
    verified: (id, observed) => during('verified', () => inner.verified(id, observed)),
    open: (sinceMs) => inner.open(sinceMs),
    recent: (sinceMs) => inner.recent(sinceMs),
  };
}
