/**
 * Virtual time: timers fire in the order of their time, and time passes only when everything that could run has run.
 * An engine of promises, timers and synchronous I/O is deterministic on it.
 */
import { type Clock, sleepWith } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly sequence: number;
  readonly fire: () => void;
}

/** Lets every promise reaction that is ready run: a macrotask comes after all microtasks. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export class VirtualClock implements Clock {
  #now: number;
  /** What somebody has set the calendar by. */
  #setMs = 0;
  #sequence = 0;
  readonly #timers: Timer[] = [];

  /** @param startMs the first instant, in milliseconds since the Unix epoch. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now + this.#setMs;
  }

  /** Sets the calendar, forward or back, while time goes on as before. */
  setWall(byMs: number): void {
    this.#setMs += byMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith(this, ms, signal);
  }

  setTimer(ms: number, fire: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(Math.ceil(ms), 0), sequence: this.#sequence++, fire };
    // Sorted insertion; equal times keep the order in which they were set.
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle] as Timer).at <= timer.at) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Whether a timer is waiting. */
  get pending(): boolean {
    return this.#timers.length > 0;
  }

  /** Runs what is ready, then the next timer, unless it lies after `untilMs`. Returns false when nothing was left to run. */
  async step(untilMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    await turn();
    const next = this.#timers[0];
    if (next === undefined || next.at > untilMs) return false;
    this.#timers.shift();
    this.#now = next.at;
    next.fire();
    await turn();
    return true;
  }

  /** Lets `ms` pass, firing every timer on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    while (await this.step(until));
    this.#now = until;
  }
}
