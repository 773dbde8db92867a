/** How a lane of a scope fares: its breaker, what it says when the breaker is open, and how failed batches are regrouped. */
import { type CloudError, mayBeRegion } from '../../core/cloud-error.ts';
import { laneEffect, type Regroup, SLOW_RECHECK_MS } from '../../core/retry.ts';
import { Breaker } from '../../runtime/breaker.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';

export interface LaneHealthOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The breaker opened, or failed again while open, for this reason. */
  readonly onOpen: (error: CloudError) => void;
  /** The breaker closed: what failed meanwhile failed for that reason, not for its own. */
  readonly onClose: () => void;
}

/** So many refusals without any success cannot be single wrong instances: a batch was split three times by then, and no part was accepted. */
const REFUSALS_OF_A_REGION = 8;

/** What is known of a call that failed. */
export interface FailedCall {
  readonly startedAtMs: number;
  /** How many instances it was about; absent for a listing. */
  readonly batchSize?: number;
  /** True for an instance alone that had failed before: what it meets is its own, and says nothing of the lane. */
  readonly isolated: boolean;
}

/** Names the cohort of the batch's `index`th instance, given its present one. */
export type CohortOf = (index: number, present: string) => string;

export class LaneHealth {
  readonly breaker = new Breaker();
  readonly #options: LaneHealthOptions;
  #cohorts = 0;
  /** Whether a call has ever succeeded, and how many were refused with a code that may mean the region before that. */
  #answered = false;
  #refused = 0;
  #failure: CloudError | undefined;

  constructor(options: LaneHealthOptions) {
    this.#options = options;
  }

  succeeded(): void {
    this.#answered = true;
    if (this.breaker.succeed()) this.#options.onClose();
  }

  /** Returns the failure as what it turns out to be. */
  failed(reported: CloudError, call: FailedCall): CloudError {
    const error = this.#isRegion(reported, call) ? { ...reported, kind: 'region' as const } : reported;
    this.#feel(error, call);
    return error;
  }

  /** Somebody has changed something about what was refused for good: it is tried again at once. */
  probe(): void {
    if (this.#failure?.kind === 'region') this.breaker.probe();
  }

  /** Whether a refusal means the region: no call was ever accepted, and half of a batch after the other is refused. */
  #isRegion(error: CloudError, { batchSize }: FailedCall): boolean {
    if (this.#answered || !mayBeRegion(error)) return false;
    this.#refused++;
    return batchSize === 1 || this.#refused >= REFUSALS_OF_A_REGION;
  }

  #feel(error: CloudError, { startedAtMs, isolated }: FailedCall): void {
    const { clock, random } = this.#options;
    this.#failure = error;
    const effect = laneEffect(error.kind);
    switch (effect) {
      case 'count':
        // A probe counts all the same: otherwise an outage would be asked without a pause.
        if (isolated && !this.breaker.open) return;
        this.breaker.fail(clock.now(), random.next());
        break;
      case 'once-then-pause':
        this.breaker.failUnlessMended(startedAtMs, clock.now());
        break;
      case 'pause-for-long':
        this.breaker.openFor(SLOW_RECHECK_MS * (0.9 + random.next() * 0.2), clock.now());
        break;
      case 'slow-down':
      case 'none':
        return;
      default:
        return effect satisfies never;
    }
    if (this.breaker.open) this.#options.onOpen(error);
  }

  /** Splits a failed batch into the cohorts that travel on together. */
  regroup(how: Regroup, batchSize: number): CohortOf {
    switch (how) {
      case 'together':
        return (_, present) => present;
      case 'bisect': {
        const half = Math.ceil(batchSize / 2);
        const [first, second] = [this.#next(), this.#next()];
        return (index) => (index < half ? first : second);
      }
      case 'singly': {
        return () => this.#next();
      }
      default:
        return how satisfies never;
    }
  }

  #next(): string {
    this.#cohorts++;
    return `cohort-${this.#cohorts}`;
  }
}
