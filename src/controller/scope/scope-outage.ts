/** A failure that every call of a scope meets: what is said of it while it lasts, and what goes on afterwards. */
import type { CloudError } from '../../core/cloud-error.ts';
import type { ScopeContext } from './scope-context.ts';
import type { Cohort } from './scope-lanes.ts';

export class ScopeOutage {
  readonly #context: ScopeContext;

  constructor(context: ScopeContext) {
    this.#context = context;
  }

  begin(error: CloudError): void {
    this.#context.problem = { ...this.#context.problem, cloud: error };
    this.#context.scopeTouched();
    // A list that is put back may have to be given up for it.
    for (const record of [...this.#context.records.values()]) {
      if (this.#context.claimOf(record.id)?.restores) this.#context.reconcile(record);
    }
  }

  /** What lost its replies in it shares batches again. What the cloud refused may be poisoned, and goes on being bisected. */
  end(cohort: Cohort): void {
    const { cloud: _, ...rest } = this.#context.problem;
    this.#context.problem = rest;
    this.#context.scopeTouched();
    for (const record of this.#context.records.values()) {
      const failure = cohort === 'writeCohort' ? record.failure : record.readFailure;
      if (failure === undefined || failure.error.kind !== 'network') continue;
      record[cohort] = '';
      if (cohort === 'writeCohort') {
        record.failure = record.failure && { ...record.failure, nextAtMs: 0, attempts: 1 };
        this.#context.reconcile(record);
      }
    }
  }
}
