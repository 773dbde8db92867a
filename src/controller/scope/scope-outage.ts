/** A failure that every call of a scope meets: what is said of it while it lasts, and what goes on afterwards. */

import type { CloudError } from '../../core/cloud-error.ts';
import { transition } from '../../core/transition.ts';
import type { ScopeContext } from './scope-context.ts';

export class ScopeOutage {
  readonly #context: ScopeContext;

  constructor(context: ScopeContext) {
    this.#context = context;
  }

  begin(error: CloudError): void {
    this.#context.problem = { ...this.#context.problem, cloud: error };
    this.#context.scopeChanged();
    // A list that is put back may have to be given up for it.
    for (const record of [...this.#context.records.values()]) {
      if (this.#context.claimOf(record.id)?.restores) this.#context.reconcile(record);
    }
  }

  /** What lost its replies in it shares batches again. What the cloud refused goes on being bisected: one instance of the batch may be the reason. */
  end(calls: 'reads' | 'writes'): void {
    const { cloud: _, ...rest } = this.#context.problem;
    this.#context.problem = rest;
    this.#context.scopeChanged();
    for (const record of this.#context.records.values()) {
      const failure = calls === 'writes' ? record.failure : record.readFailure;
      if (failure?.error.kind !== 'network') continue;
      transition(record, { kind: 'outage-ended', calls });
      if (calls === 'writes') this.#context.reconcile(record);
    }
  }
}
