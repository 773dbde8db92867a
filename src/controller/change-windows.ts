/** The change windows of a policy as time goes by. */
import type { ChangeWindow, WindowState } from '../core/policy.ts';
import type { Clock } from '../runtime/clock.ts';
import { Deadlines } from '../runtime/deadlines.ts';
import { Schedule } from '../runtime/schedule.ts';

export interface ChangeWindowsOptions {
  readonly windows: readonly ChangeWindow[];
  readonly clock: Clock;
  /** Told when a window has opened or closed. */
  readonly onChange: () => void;
}

export class ChangeWindows {
  readonly #clock: Clock;
  readonly #schedules: readonly Schedule[];
  readonly #deadlines: Deadlines<'boundary'>;
  #states: readonly WindowState[];
  #boundaryMs: number;

  /** @throws Error when a schedule or a time zone is not valid; the policy file is judged before. */
  constructor({ windows, clock, onChange }: ChangeWindowsOptions) {
    this.#clock = clock;
    this.#schedules = windows.map(
      ({ schedule, durationMs, timeZone }) => new Schedule({ cron: schedule, durationMs, timeZone }),
    );
    this.#deadlines = new Deadlines(clock, () => {
      this.#watch();
      onChange();
    });
    const nowMs = clock.now();
    this.#states = windows.map((window, index) => this.#stateOf(window, index, nowMs));
    this.#boundaryMs = nextBoundaryMs(this.#states);
  }

  /** The windows at this moment, in the order of the policy; the same array until one opens or closes. */
  states(): readonly WindowState[] {
    const nowMs = this.#clock.now();
    if (nowMs < this.#boundaryMs) return this.#states;
    this.#states = this.#states.map((state, index) =>
      boundaryMs(state) <= nowMs ? this.#stateOf(state, index, nowMs) : state,
    );
    this.#boundaryMs = nextBoundaryMs(this.#states);
    return this.#states;
  }

  /** Watches for the next opening or closing, with one timer. */
  start(): void {
    this.#watch();
  }

  stop(): void {
    this.#deadlines.close();
  }

  #watch(): void {
    this.states();
    if (Number.isFinite(this.#boundaryMs)) this.#deadlines.set('boundary', this.#boundaryMs);
  }

  #stateOf(window: ChangeWindow, index: number, nowMs: number): WindowState {
    const { name, effect, schedule, durationMs, timeZone, where } = window;
    const state = this.#schedules[index]?.at(nowMs) ?? { open: false };
    return { name, effect, schedule, durationMs, timeZone, where, ...state };
  }
}

function boundaryMs({ untilMs }: WindowState): number {
  return untilMs ?? Number.POSITIVE_INFINITY;
}

function nextBoundaryMs(states: readonly WindowState[]): number {
  return states.reduce((first, state) => Math.min(first, boundaryMs(state)), Number.POSITIVE_INFINITY);
}
