/** Stores what must outlive the process: what cannot be stored is tried again until it can be, or something newer takes its place. */
import { messageOf } from '../api/message-of.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

export interface PersisterOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What is stored, as the log calls it: `the declarations`. */
  readonly what: string;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export class Persister {
  readonly #options: PersisterOptions;
  #unstored: (() => void) | undefined;
  /** In a row. */
  #failures = 0;
  #dueMs = 0;

  constructor(options: PersisterOptions) {
    this.#options = options;
  }

  /** Stores at once; what was given before and is not stored yet is given up for it. Failures are logged, never thrown. */
  put(store: () => void): void {
    this.#unstored = store;
    this.#attempt();
  }

  /** To be called often: tries again when it is time to. Failures are never thrown. */
  again(): void {
    if (this.#options.clock.now() >= this.#dueMs) this.#attempt();
  }

  /** Stores what is not stored yet. @throws the store's error when it still cannot be. */
  settle(): void {
    if (this.#unstored === undefined) return;
    this.#unstored();
    this.#unstored = undefined;
    if (this.#failures > 0) this.#options.log.info({}, `${this.#options.what}: stored after all`);
    this.#failures = 0;
  }

  #attempt(): void {
    const { clock, log, what } = this.#options;
    try {
      this.settle();
    } catch (error) {
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
      this.#dueMs = clock.now() + pauseMs;
      // Said once: it is over when it is said to be.
      if (this.#failures++ === 0)
        log.error({ error: messageOf(error) }, `${what} could not be stored; this is tried again`);
    }
  }
}
