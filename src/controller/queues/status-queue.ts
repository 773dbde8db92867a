/** Whose statuses may read differently now, until the reporter takes them. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { ChangeSignal } from '../../runtime/change-signal.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Restorations } from '../restoration/restorations.ts';

export interface StatusQueueOptions {
  readonly claims: Pick<ClaimIndex, 'naming'>;
  readonly restorations: Pick<Restorations, 'claim'>;
  readonly clock: Clock;
  /** How long bindings are gathered before {@link StatusQueue.onDue}. */
  readonly everyMs: number;
}

export class StatusQueue {
  /** Something that users read may be different now. */
  readonly changes: ChangeSignal;
  /** Some of them have waited long enough. Whatever is not taken then is due at once again. */
  onDue: () => void = () => {};
  readonly #options: StatusQueueOptions;
  readonly #waiting = new Set<BindingKey>();
  /** To be published whatever they say: something waits for it. */
  readonly #urgent = new Set<BindingKey>();
  #cancel: (() => void) | undefined;
  #phase: 'open' | 'closing' | 'closed' = 'open';

  constructor(options: StatusQueueOptions) {
    this.#options = options;
    this.changes = new ChangeSignal(options.clock);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<BindingKey> {
    return this.#waiting.values();
  }

  /** Every binding which names the instance may read differently. */
  enqueueInstance(instanceId: InstanceId): void {
    const { claims, restorations } = this.#options;
    // Also of an instance that nobody claims: somebody may wait for a write of it to be read back.
    this.changes.changed();
    for (const { key } of claims.naming(instanceId)) this.enqueueBinding(key);
    const restoring = restorations.claim(instanceId);
    if (restoring !== undefined) this.enqueueBinding(restoring.owner.key);
  }

  enqueueBinding(key: BindingKey): void {
    this.changes.changed();
    if (this.#phase === 'closed') return;
    this.#waiting.add(key);
    this.#plan(this.#options.everyMs);
  }

  /** These are published without a wait, also when they say nothing new or pass through a step in between. */
  enqueueNow(keys: Iterable<BindingKey>): void {
    if (this.#phase === 'closed') return;
    for (const key of keys) {
      this.#urgent.add(key);
      this.#waiting.add(key);
    }
    this.#cancel?.();
    this.#cancel = undefined;
    this.#plan(0);
  }

  /** Takes one out. */
  take(key: BindingKey): void {
    this.#waiting.delete(key);
  }

  /** Whether it was enqueued to be published now since this was last asked. */
  takeUrgent(key: BindingKey): boolean {
    return this.#urgent.delete(key);
  }

  /** Nothing is due by itself any more; what is enqueued from here on waits until {@link close}. */
  hold(): void {
    this.#phase = 'closing';
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Takes nothing more. */
  close(): void {
    this.hold();
    this.#phase = 'closed';
  }

  #plan(waitMs: number): void {
    if (this.#phase !== 'open') return;
    this.#cancel ??= this.#options.clock.setTimer(waitMs, () => {
      this.#cancel = undefined;
      this.onDue();
      // Reads and writes get their turn first. There is no pause, because somebody may wait for a status.
      if (this.#waiting.size > 0) this.#plan(0);
    });
  }
}
