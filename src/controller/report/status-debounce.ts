/** Holds statuses back that are only a step in between: most are over before anybody could see them, so only those that last are published. */
import type { Condition, ConditionReason } from '../../api/conditions.ts';
import type { BindingKey } from '../../api/ids.ts';
import type { BindingStatus } from '../../ports/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { StatusQueue } from '../queues/status-queue.ts';

/** A step in between is published only when it lasts this long. */
const PASSING_MS = 5_000;

export interface StatusDebounceOptions {
  readonly clock: Clock;
  /** Takes what may have been passing for long enough. */
  readonly statuses: Pick<StatusQueue, 'enqueueBinding'>;
}

export interface Reported {
  /** What was told last. */
  readonly previous: readonly Condition[];
  /** Whether the binding is being deleted: its earlier status cannot stand, however long nothing is read. */
  readonly isDeleting: boolean;
}

export class StatusDebounce {
  readonly #options: StatusDebounceOptions;
  /** Since when a binding has been passing through steps in between. */
  readonly #since = new Map<BindingKey, number>();
  #cancel: (() => void) | undefined;

  constructor(options: StatusDebounceOptions) {
    this.#options = options;
  }

  /** Whether a status is only a step in between that need not be told yet. */
  passes(status: BindingStatus, { previous, isDeleting }: Reported): boolean {
    const moving = status.conditions.find((condition) => condition.type === 'Reconciling');
    if (moving?.reason !== 'Progressing') {
      this.#since.delete(status.key);
      return false;
    }
    // After a restart the earlier status stands until the instances were read.
    const unread = status.instances.every(({ state }) => state === 'Pending' || state === 'InSync');
    if (unread && previous.length > 0 && !isDeleting) return true;
    if (stoodUntilAnAct(previous)) return false;
    const nowMs = this.#options.clock.now();
    const sinceMs = this.#since.get(status.key) ?? nowMs;
    this.#since.set(status.key, sinceMs);
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
    for (const key of this.#since.keys()) this.#options.statuses.enqueueBinding(key);
  }
}

/** Reasons that end only when somebody acts. The others end at the cloud, whose slow re-check looks like progress and is none. */
const UNTIL_AN_ACT: ReadonlySet<string> = new Set<ConditionReason>([
  'Conflicted',
  'UnknownGroup',
  'MustKeep',
  'ForbiddenGroup',
  'Exposure',
  'TrafficUnknown',
  'NotAllowed',
  'BlastRadius',
  'Refused',
  'SelectionRefused',
]);

/**
 * Whether a binding was called stalled until somebody would act. Once it moves again that is told at once: those who wait
 * for it give up when they read that it is stalled.
 */
function stoodUntilAnAct(previous: readonly Condition[]): boolean {
  return previous.some(({ type, reason }) => type === 'Stalled' && UNTIL_AN_ACT.has(reason));
}
