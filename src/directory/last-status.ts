/** What an earlier process has published of bindings, for sources that have no status of their own. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding, GroupList } from '../core/model.ts';
import { sameSequence } from '../core/plan.ts';

/** Remembers what was published of bindings last. */
export interface StatusMemory {
  lastStatus(key: BindingKey): LastStatus | undefined;
}

/** What a binding declared when it was published last, and which of its instances had it then or before. */
export interface LastStatus {
  readonly sgIds: GroupList;
  readonly inSync: ReadonlySet<InstanceId>;
}

export class LastStatuses {
  readonly #memory: StatusMemory | undefined;
  /** Instances of one binding are asked for one after the other, and a status is long. */
  #last: { readonly key: BindingKey; readonly status: LastStatus | undefined } | undefined;

  constructor(memory: StatusMemory | undefined) {
    this.#memory = memory;
  }

  of(key: BindingKey): LastStatus | undefined {
    if (this.#last?.key !== key) this.#last = { key, status: this.#memory?.lastStatus(key) };
    return this.#last.status;
  }

  /** Whether an instance had what its binding declares now. */
  wasInSync(declared: Binding, id: InstanceId): boolean {
    const status = this.of(declared.key);
    return (status?.inSync.has(id) ?? false) && sameSequence(status?.sgIds ?? [], declared.sgIds);
  }
}
