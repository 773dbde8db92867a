/** How a dispatcher of a scope is doing: its breaker, what it says when the breaker is open, and how failed batches are regrouped. */
import { type CloudError, mayBeRegion } from '../../core/cloud-error.ts';
import { breakerEffect, SLOW_RECHECK_MS, type Split } from '../../core/retry.ts';
import type { CloudClient } from '../../ports/cloud.ts';
import { Breaker } from '../../runtime/breaker.ts';
import type { Clock } from '../../runtime/clock.ts';
import { freeSlot, type QuotaBucket } from '../../runtime/quota-bucket.ts';
import type { Random } from '../../runtime/random.ts';
import { untilStopped } from './cloud-call.ts';

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

// Finds out whether the cloud offers a region, by a call that nothing but the region can spoil.

interface RegionCheckOptions {
  readonly client: Pick<CloudClient, 'listInstances'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The quota of reads, which the call counts against. */
  readonly bucket: QuotaBucket;
}

/** Undefined when nobody can tell at present. */
type RegionAnswer = 'offered' | 'not-offered' | undefined;

/** Lists the first page of all instances of the region, within the quota. Never rejects. */
async function checkRegion({ client, clock, signal, bucket }: RegionCheckOptions): Promise<RegionAnswer> {
  try {
    await freeSlot({ clock, signal, bucket }, { urgent: true });
  } catch {
    return undefined;
  }
  const pass = bucket.start(clock.now(), { urgent: true });
  const result = await untilStopped(client.listInstances({ filter: {}, offset: 0 }, signal), signal);
  bucket.finish(clock.now(), { pass, throttled: result?.ok === false && result.error.kind === 'throttled' });
  if (result === undefined) return undefined;
  // Credentials that may not list everything have been heard by the region too.
  if (result.ok || result.error.kind === 'denied') return 'offered';
  return result.error.kind === 'region' || mayBeRegion(result.error) ? 'not-offered' : undefined;
}
