/** The last things that happened, for the screen. */
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';

export interface DemoEvent {
  readonly atMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

const KEPT = 200;

/** A log that keeps its last lines instead of writing them. */
export class EventLog implements Log {
  readonly #clock: Clock;
  readonly #events: DemoEvent[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Oldest first. */
  last(count: number): readonly DemoEvent[] {
    return this.#events.slice(-count);
  }

  debug(): void {}

  info(_: object, text: string): void {
    this.#push('info', text);
  }

  warn(_: object, text: string): void {
    this.#push('warn', text);
  }

  error(_: object, text: string): void {
    this.#push('error', text);
  }

  #push(level: DemoEvent['level'], text: string): void {
    this.#events.push({ atMs: this.#clock.now(), level, text });
    if (this.#events.length > KEPT) this.#events.shift();
  }
}
