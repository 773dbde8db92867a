/** Stores what must outlive the process: what cannot be stored is tried again until it can be, or something newer takes its place. */
import { messageOf } from '../api/message-of.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

export interface RetryingWriterOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What is stored, as the log calls it: `the declarations`. */
  readonly what: string;
}

/** Begins to store something, from the start each time; yields when other work may go on. */
export type Storing = () => Generator<void, unknown>;

/** Steps that are done before other work may go on: what is small is stored at once. */
const STEPS_AT_ONCE = 4;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export class RetryingWriter {
  readonly #options: RetryingWriterOptions;
  #unstored: Storing | undefined;
  /** The steps of it, as far as they were done. */
  #steps: Generator<void, unknown> | undefined;
  /** In a row. */
  #failures = 0;
  #dueMs = 0;

  constructor(options: RetryingWriterOptions) {
    this.#options = options;
  }

  /**
   * Stores, the first steps at once; what was given before and is not stored yet is given up for it. Resolves when it is
   * stored, could not be, or was given up. Failures are logged, never thrown.
   */
  async put(store: Storing): Promise<void> {
    this.#unstored = store;
    this.#steps = undefined;
    await this.#attempt(store);
  }

  /** To be called often: tries again when it is time to. Failures are never thrown. */
  async again(): Promise<void> {
    const { clock } = this.#options;
    if (this.#unstored !== undefined && this.#steps === undefined && clock.now() >= this.#dueMs)
      await this.#attempt(this.#unstored);
  }

  /** Does the next steps of storing what is not stored yet. Returns whether nothing is left. @throws the store's error. */
  flush(): boolean {
    if (this.#unstored === undefined) return true;
    this.#steps ??= this.#unstored();
    try {
      for (let taken = 0; !this.#steps.next().done; ) if (++taken === STEPS_AT_ONCE) return false;
    } catch (error) {
      this.#steps = undefined;
      throw error;
    }
    this.#unstored = undefined;
    this.#steps = undefined;
    if (this.#failures > 0) this.#options.log.info({}, `${this.#options.what}: stored after all`);
    this.#failures = 0;
    return true;
  }

  async #attempt(store: Storing): Promise<void> {
    const { clock, log, what } = this.#options;
    try {
      while (this.#unstored === store && !this.flush()) await clock.sleep(0);
    } catch (error) {
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
      this.#dueMs = clock.now() + pauseMs;
      // Said once: it is over when it is said to be.
      if (this.#failures++ === 0)
        log.error({ error: messageOf(error) }, `${what} could not be stored; this is tried again`);
    }
  }
}
