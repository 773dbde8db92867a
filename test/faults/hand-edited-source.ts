import type { Approval } from '../../src/api/approval.ts';
import type { BindingKey } from '../../src/api/ids.ts';
import type { Binding } from '../../src/core/model.ts';
import type { PendingRestore } from '../../src/core/restoration.ts';
import {
  type Deletion,
  NO_MEMORY,
  type PrefetchTarget,
  type Source,
  type SourceListener,
  type SourceMemory,
} from '../../src/ports/source.ts';

/**
 * A source without a file or a server: bindings are put in and taken out, and its listener is told at once. After
 * {@link HandEditedSource.beginReading} it is a source that takes its time until {@link HandEditedSource.endReading}.
 */
export class HandEditedSource implements Source {
  readonly name = 'by hand';
  readonly problem = undefined;
  #reading = false;
  readonly #recorded = new Set<BindingKey>();
  readonly #bindings = new Map<BindingKey, Binding>();
  #listener: SourceListener | undefined;

  /** Approved plans beside the bindings. */
  #approvals: readonly Approval[] = [];

  approvals(): readonly Approval[] {
    return this.#approvals;
  }

  approve(approval: Approval): void {
    this.#approvals = [...this.#approvals, approval];
    this.#listener?.changed(new Set());
  }

  get synced(): boolean {
    return !this.#reading;
  }

  /** From now on what is put in is only a hint. */
  beginReading(): void {
    this.#reading = true;
  }

  /** Everything was read. */
  endReading(): void {
    this.#reading = false;
    this.#listener?.changed(new Set(this.#bindings.keys()));
  }

  /** It remembers that all instances of a binding were in sync. */
  recordInSync(key: BindingKey): void {
    this.#recorded.add(key);
  }

  readonly memory: SourceMemory = {
    ...NO_MEMORY,
    wasInSync: (key) => this.#recorded.has(key),
    pendingRestores: () => this.pendingRestores(),
  };

  broughtIn(): undefined {
    return undefined;
  }

  get(key: BindingKey): Binding | undefined {
    return this.#bindings.get(key);
  }

  keys(): Iterable<BindingKey> {
    return this.#bindings.keys();
  }

  /** Tells what is put in next. */
  prefetchNow(prefetchTarget: PrefetchTarget): void {
    this.#listener?.prefetchNow(prefetchTarget);
  }

  put(binding: Binding): void {
    this.#bindings.set(binding.key, binding);
    const { key, scope, instanceIds, sgIds } = binding;
    if (this.#reading)
      this.#listener?.prefetch({ scope, instanceIds, sgIds, wasInSync: this.#recorded.has(key) });
    else this.#listener?.changed(new Set([binding.key]));
  }

  remove(key: BindingKey): void {
    this.#bindings.delete(key);
    this.#listener?.changed(new Set([key]));
  }

  deleting(): ReadonlyMap<BindingKey, Deletion> {
    return this.#deleting;
  }

  /** Deletes a binding that stays for as long as its lists are put back, or changes one that does. */
  beginDeletion(key: BindingKey, over: Partial<Binding> & { readonly deletedMs: number }): void {
    const { deletedMs, ...changes } = over;
    const binding = this.#bindings.get(key) ?? this.#deleting.get(key)?.binding;
    if (binding === undefined) throw new Error(`there is no ${key}`);
    this.#bindings.delete(key);
    this.#deleting.set(key, { binding: { ...binding, ...changes }, deletedMs });
    this.#listener?.changed(new Set([key]));
  }

  /** A binding that was being deleted is gone. */
  leave(key: BindingKey): void {
    this.#deleting.delete(key);
    this.#listener?.changed(new Set([key]));
  }

  #left: BindingKey | undefined;

  isUnselected(key: BindingKey): boolean {
    return this.#left === key;
  }

  /** The binding is declared as before, and not followed any more. */
  unfollow(key: BindingKey): void {
    this.#left = key;
    this.remove(key);
    this.#left = undefined;
  }

  /** Takes a binding out without a word, as it is done while nobody listens. */
  removeUnseen(key: BindingKey): void {
    this.#bindings.delete(key);
    this.#removed.add(key);
  }

  readonly #removed = new Set<BindingKey>();
  readonly #deleting = new Map<BindingKey, Deletion>();
  /** What it remembers that its bindings owe. */
  remembered: readonly PendingRestore[] = [];

  pendingRestores(): readonly PendingRestore[] {
    return this.remembered;
  }

  run(listener: SourceListener, signal: AbortSignal): Promise<void> {
    this.#listener = listener;
    if (!this.#reading)
      listener.changed(new Set([...this.#bindings.keys(), ...this.#removed, ...this.#deleting.keys()]));
    return new Promise((resolve) => {
      const end = () => {
        if (this.#listener === listener) this.#listener = undefined;
        resolve();
      };
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  }
}
