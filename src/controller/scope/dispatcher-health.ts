/** How a dispatcher of a scope is doing: its breaker, what it says when the breaker is open, and how failed batches are regrouped. */
import { type CloudError, mayBeRegion } from '../../core/cloud-error.ts';
import { breakerEffect, SLOW_RECHECK_MS, type Split } from '../../core/retry.ts';
import { Breaker } from '../../runtime/breaker.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import { checkRegion, type RegionAnswer, type RegionCheckOptions } from './region-check.ts';

export interface DispatcherHealthOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** With what the region is asked whether it is offered at all. */
  readonly region: RegionCheckOptions;
}

/** What is known of a call that failed. */
export interface FailedCall {
  readonly startedAtMs: number;
  /** True when everything that it was about had failed before: what that meets may be its own, and says nothing of the dispatcher. */
  readonly isolated: boolean;
}

/** Names the group of the batch's `index`th instance, given its present one. */
export type BatchGroupOf = (index: number, present: string) => string;

export class DispatcherHealth {
  readonly breaker = new Breaker();
  /** The breaker opened, or failed again while open, for this reason. */
  onOpen: (error: CloudError) => void = () => {};
  /** The breaker closed: what failed meanwhile failed for that reason, not for its own. */
  onClose: () => void = () => {};
  readonly #options: DispatcherHealthOptions;
  #groups = 0;
  /** Whether the region has ever answered. */
  #answered = false;
  #asking: Promise<RegionAnswer> | undefined;
  #failure: CloudError | undefined;

  constructor(options: DispatcherHealthOptions) {
    this.#options = options;
  }

  succeeded(): void {
    this.#answered = true;
    if (this.breaker.succeed()) this.onClose();
  }

  /** Notes a failure, as {@link explain} has it. */
  failed(error: CloudError, call: FailedCall): void {
    this.#feel(error, call);
  }

  /**
   * The failure as what it turns out to be. API 2.0 has one code for a region that is not offered and for anything wrong
   * in a call, so a refusal is put down to the region only when the region refuses a call with nothing in it as well.
   */
  async explain(reported: CloudError): Promise<CloudError> {
    if (this.#answered || !mayBeRegion(reported)) return reported;
    this.#asking ??= checkRegion(this.#options.region).finally(() => {
      this.#asking = undefined;
    });
    const answer = await this.#asking;
    if (answer === 'offered') this.#answered = true;
    return answer === 'not-offered' ? { ...reported, kind: 'region' } : reported;
  }

  /** Somebody has changed something about what was refused for good: it is tried again at once. */
  probe(): void {
    if (this.#failure?.kind === 'region') this.breaker.probe();
  }

  #feel(error: CloudError, { startedAtMs, isolated }: FailedCall): void {
    const { clock, random } = this.#options;
    this.#failure = error;
    const effect = breakerEffect(error.kind);
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
    if (this.breaker.open) this.onOpen(error);
  }

  /** Splits a failed batch into the groups that travel on together. */
  split(how: Split, batchSize: number): BatchGroupOf {
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
    this.#groups++;
    return `group-${this.#groups}`;
  }
}
