/**
 * Points in time by key, watched with one timer. A key has one deadline; setting it again moves it. They are moments of
 * `now()`, or of the calendar.
 */
import type { Clock } from './clock.ts';

/** A clock that is set, forward or back, is noticed within this time: timers run on the machine's uptime. */
const LONGEST_WAIT_MS = 30_000;

export class Deadlines<Key> {
  readonly #clock: Clock;
  readonly #time: () => number;
  readonly #onDue: (keys: readonly Key[]) => void;
  readonly #at = new Map<Key, number>();
  #timerAtMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  /** @param onDue told once of each key whose time has come. @param by the time that the deadlines are moments of. */
  constructor(clock: Clock, onDue: (keys: readonly Key[]) => void, by: 'now' | 'wall' = 'now') {
    this.#clock = clock;
    this.#time = () => clock[by]();
    this.#onDue = onDue;
  }

  set(key: Key, atMs: number): void {
    this.#at.set(key, atMs);
    if (atMs < this.#timerAtMs) this.#arm(atMs);
  }

  /** The same, unless its deadline comes earlier already. */
  sooner(key: Key, atMs: number): void {
    if ((this.#at.get(key) ?? Number.POSITIVE_INFINITY) > atMs) this.set(key, atMs);
  }

  clear(key: Key): void {
    this.#at.delete(key);
    if (this.#at.size === 0) this.close();
  }

  /** Watches nothing any more. */
  close(): void {
    this.#at.clear();
    this.#cancel?.();
    this.#cancel = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
  }

  #arm(atMs: number): void {
    this.#cancel?.();
    this.#timerAtMs = atMs;
    const waitMs = Math.min(Math.max(atMs - this.#time(), 0), LONGEST_WAIT_MS);
    this.#cancel = this.#clock.setTimer(waitMs, () => this.#look());
  }

  #look(): void {
    const nowMs = this.#time();
    const due: Key[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [key, atMs] of this.#at) {
      if (atMs <= nowMs) due.push(key);
      else nextMs = Math.min(nextMs, atMs);
    }
    for (const key of due) this.#at.delete(key);
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#cancel = undefined;
    if (Number.isFinite(nextMs)) this.#arm(nextMs);
    if (due.length > 0) this.#onDue(due);
  }
}
