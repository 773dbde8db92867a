/** The change windows of a policy, by a calendar that somebody may set forward or back at any time. */
import type { ChangeWindow, WindowState } from '../../core/policy.ts';
import type { Clock } from '../../runtime/clock.ts';
import { Schedule } from '../../runtime/schedule.ts';

export interface ChangeWindowsOptions {
  readonly windows: readonly ChangeWindow[];
  readonly clock: Clock;
}

/** A calendar that was set is noticed within this time: timers know nothing of it. */
const LOOK_EVERY_MS = 30_000;

export class ChangeWindows {
  /** A window has opened or closed. */
  onChange: () => void = () => {};
  readonly #options: ChangeWindowsOptions;
  readonly #schedules: readonly Schedule[];
  #states: readonly WindowState[];
  #boundaryMs: number;
  /** When the states were last looked at. */
  #lookedMs: number;
  /** What {@link onChange} was last told of. */
  #reported: readonly WindowState[];
  #cancel: (() => void) | undefined;

  /** @throws Error when a schedule or a time zone is not valid; the policy file is judged before. */
  constructor(options: ChangeWindowsOptions) {
    const { windows, clock } = options;
    this.#options = options;
    this.#schedules = windows.map(
      ({ schedule, durationMs, timeZone }) => new Schedule({ cron: schedule, durationMs, timeZone }),
    );
    const wallMs = clock.wall();
    this.#lookedMs = wallMs;
    this.#states = windows.map((window, index) => this.#stateOf(window, index, wallMs));
    this.#reported = this.#states;
    this.#boundaryMs = nextBoundaryMs(this.#states);
  }

  /** The windows at this moment, in the order of the policy; the same array until one opens or closes. */
  states(): readonly WindowState[] {
    const wallMs = this.#options.clock.wall();
    const wasSetBack = wallMs < this.#lookedMs;
    this.#lookedMs = wallMs;
    if (wallMs < this.#boundaryMs && !wasSetBack) return this.#states;
    const states = this.#states.map((state, index) =>
      wasSetBack || boundaryMs(state) <= wallMs ? this.#stateOf(state, index, wallMs) : state,
    );
    if (!states.every((state, index) => isSame(state, this.#states[index]))) this.#states = states;
    this.#boundaryMs = nextBoundaryMs(this.#states);
    return this.#states;
  }

  /** Watches for the next opening or closing, with one timer. */
  start(): void {
    this.#reported = this.states();
    this.#watch();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #watch(): void {
    const { clock } = this.#options;
    const waitMs = Math.min(Math.max(this.#boundaryMs - clock.wall(), 0), LOOK_EVERY_MS);
    if (!Number.isFinite(this.#boundaryMs)) return;
    this.#cancel = clock.setTimer(waitMs, () => {
      const states = this.states();
      this.#watch();
      if (states === this.#reported) return;
      this.#reported = states;
      this.onChange();
    });
  }

  #stateOf(window: ChangeWindow, index: number, wallMs: number): WindowState {
    const { name, effect, schedule, durationMs, timeZone, where } = window;
    const state = this.#schedules[index]?.at(wallMs) ?? { open: false };
    return { name, effect, schedule, durationMs, timeZone, where, ...state };
  }
}

function isSame(a: WindowState, b: WindowState | undefined): boolean {
  return a.open === b?.open && a.untilMs === b.untilMs;
}

function boundaryMs({ untilMs }: WindowState): number {
  return untilMs ?? Number.POSITIVE_INFINITY;
}

function nextBoundaryMs(states: readonly WindowState[]): number {
  return states.reduce((first, state) => Math.min(first, boundaryMs(state)), Number.POSITIVE_INFINITY);
}
