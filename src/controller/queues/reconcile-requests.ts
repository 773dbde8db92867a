/**
 * Requests to read a binding's instances at once. A request is handled when every instance that the binding owns was
 * read after it came, and what followed from the reading is done, held or has failed.
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { InstanceState, InstanceStatus } from '../../core/instance-status.ts';

interface OpenRequest {
  readonly value: string;
  readonly sinceMs: number;
  /** Not read since. */
  readonly unread: Set<InstanceId>;
}

/** States from which an instance moves on by itself, and soon. */
const UNDER_WAY: ReadonlySet<InstanceState> = new Set(['Pending', 'Drifted', 'Writing', 'Verifying']);

export class ReconcileRequests {
  readonly #asked = new Map<BindingKey, string>();
  readonly #open = new Map<BindingKey, OpenRequest>();
  readonly #handled = new Map<BindingKey, string>();
  /** Which request waits for an instance to be read. */
  readonly #waiting = new Map<InstanceId, BindingKey>();

  /** Takes a request over these instances. Returns false for the one that was taken last. */
  ask(
    key: BindingKey,
    value: string,
    { ids, nowMs }: { ids: readonly InstanceId[]; nowMs: number },
  ): boolean {
    if (this.#asked.get(key) === value) return false;
    this.#asked.set(key, value);
    this.#drop(key);
    this.#open.set(key, { value, sinceMs: nowMs, unread: new Set(ids) });
    for (const id of ids) {
      const other = this.#waiting.get(id);
      if (other !== undefined) this.#open.get(other)?.unread.delete(id);
      this.#waiting.set(id, key);
    }
    return true;
  }

  /** The binding owns these instances now; it waits for no others. */
  keep(key: BindingKey, ids: readonly InstanceId[]): void {
    const request = this.#open.get(key);
    if (request === undefined) return;
    const owned = new Set(ids);
    for (const id of request.unread) if (!owned.has(id)) this.#read(id, key);
  }

  /** An instance was read by a call that left at `startedAtMs`; returns the binding whose last unread instance it was. */
  observed(id: InstanceId, startedAtMs: number): BindingKey | undefined {
    const key = this.#waiting.get(id);
    const request = key === undefined ? undefined : this.#open.get(key);
    if (key === undefined || request === undefined || startedAtMs < request.sinceMs) return undefined;
    this.#read(id, key);
    return request.unread.size === 0 ? key : undefined;
  }

  /** The newest request that was handled, given where the binding's instances stand. */
  handled(key: BindingKey, instances: readonly Pick<InstanceStatus, 'state'>[]): string | undefined {
    const request = this.#open.get(key);
    const done = request?.unread.size === 0 && instances.every(({ state }) => !UNDER_WAY.has(state));
    if (request !== undefined && done) {
      this.#handled.set(key, request.value);
      this.#drop(key);
    }
    return this.#handled.get(key);
  }

  /** The binding is gone. */
  forget(key: BindingKey): void {
    this.#drop(key);
    this.#asked.delete(key);
    this.#handled.delete(key);
  }

  #drop(key: BindingKey): void {
    for (const id of this.#open.get(key)?.unread ?? []) this.#waiting.delete(id);
    this.#open.delete(key);
  }

  #read(id: InstanceId, key: BindingKey): void {
    this.#open.get(key)?.unread.delete(id);
    if (this.#waiting.get(id) === key) this.#waiting.delete(id);
  }
}
