/** Which verdicts are only a step in between: most are over before anybody could see them, so they are told when they last. */
import type { Condition } from '../../api/conditions.ts';
import type { BindingKey } from '../../api/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { BindingVerdict } from '../../sinks/port.ts';
import { stoodUntilAnAct } from './stalled.ts';

/** A step in between is published only when it lasts this long. */
const PASSING_MS = 5_000;

export interface PassingStepsOptions {
  readonly clock: Clock;
  /** This binding may have been passing for long enough. */
  readonly recheck: (key: BindingKey) => void;
}

export interface Told {
  /** What was told last. */
  readonly previous: readonly Condition[];
  /** Whether the binding is being deleted: what was said before cannot stand, however long nothing is read. */
  readonly departs: boolean;
}

export class PassingSteps {
  readonly #options: PassingStepsOptions;
  /** Since when a binding has been passing through steps in between. */
  readonly #since = new Map<BindingKey, number>();
  #cancel: (() => void) | undefined;

  constructor(options: PassingStepsOptions) {
    this.#options = options;
  }

  /** Whether a verdict is only a step in between that need not be told yet. */
  passes(verdict: BindingVerdict, { previous, departs }: Told): boolean {
    const moving = verdict.conditions.find((condition) => condition.type === 'Reconciling');
    if (moving?.reason !== 'Progressing') {
      this.#since.delete(verdict.key);
      return false;
    }
    // After a restart what was said before stands until the instances were read.
    const unread = verdict.instances.every(({ state }) => state === 'Pending' || state === 'InSync');
    if (unread && previous.length > 0 && !departs) return true;
    if (stoodUntilAnAct(previous)) return false;
    const nowMs = this.#options.clock.now();
    const sinceMs = this.#since.get(verdict.key) ?? nowMs;
    this.#since.set(verdict.key, sinceMs);
    this.#cancel ??= this.#options.clock.setTimer(PASSING_MS, () => this.#recheck());
    return nowMs - sinceMs < PASSING_MS;
  }

  forget(key: BindingKey): void {
    this.#since.delete(key);
  }

  close(): void {
    this.#cancel?.();
  }

  /** Looks again at what was passing through steps in between. */
  #recheck(): void {
    this.#cancel = undefined;
    for (const key of this.#since.keys()) this.#options.recheck(key);
  }
}
