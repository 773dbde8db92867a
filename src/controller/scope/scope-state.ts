/** What holds for a whole scope at present. */
import type { CloudError } from '../../core/cloud-error.ts';
import type { ScopeProblem } from '../../core/instance-status.ts';
import type { StatusQueue } from '../queues/status-queue.ts';
import type { InstanceRecords } from './instance-records.ts';

export class ScopeState {
  /** When this replica last began to act for the scope: what was read before is shown, and written by no more. */
  actingSinceMs = Number.NEGATIVE_INFINITY;
  #problem: ScopeProblem = {};
  readonly #records: InstanceRecords;
  readonly #statuses: Pick<StatusQueue, 'enqueueInstance'>;

  constructor(records: InstanceRecords, statuses: Pick<StatusQueue, 'enqueueInstance'>) {
    this.#records = records;
    this.#statuses = statuses;
  }

  /** What holds up every call of the scope. */
  get problem(): ScopeProblem {
    return this.#problem;
  }

  /** Every call meets this failure; undefined: none does any more. */
  setCloudProblem(cloud: CloudError | undefined): void {
    const { cloud: _, ...rest } = this.#problem;
    this.#change(cloud === undefined ? rest : { ...rest, cloud });
  }

  /** Why no write can be recorded; undefined: they can be. */
  setJournalProblem(journal: string | undefined): void {
    const { journal: before, ...rest } = this.#problem;
    if (journal === undefined && before === undefined) return;
    this.#change(journal === undefined ? rest : { ...rest, journal });
  }

  #change(problem: ScopeProblem): void {
    this.#problem = problem;
    for (const id of this.#records.keys()) this.#statuses.enqueueInstance(id);
  }
}
