/** The difference between the cloud's clock and ours, measured from a reply's `Date` header and corrected once. */
import type { Clock } from '../runtime/clock.ts';

/** The time that one attempt was signed with. */
export interface Stamp {
  /** Unix seconds, the measured skew included. */
  readonly timestampS: number;
  /** Counts corrections, so that an attempt signed before a correction is not held against it. */
  readonly revision: number;
}

/** What {@link ClockSkew.refused} made of a clock error. */
export type SkewVerdict =
  | { readonly outcome: 'corrected' }
  /** No further correction: the words say what was measured. */
  | { readonly outcome: 'uncorrected'; readonly message: string };

/** Stamps attempts. One serves all scopes of a process: the machine has one clock, and so has the cloud. */
export class ClockSkew {
  readonly #clock: Clock;
  #skewMs = 0;
  #revision = 0;
  /** True from a correction until the cloud accepts a stamp, or refuses the corrected one. */
  #unproven = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  stamp(): Stamp {
    return {
      timestampS: Math.floor((this.#clock.now() + this.#skewMs) / 1000),
      revision: this.#revision,
    };
  }

  /** The cloud accepted `stamp`. */
  accepted(stamp: Stamp): void {
    if (stamp.revision === this.#revision) this.#unproven = false;
  }

  /** The cloud refused `stamp`; `date` is the reply's `Date` header. */
  refused(stamp: Stamp, date: string | undefined): SkewVerdict {
    if (stamp.revision !== this.#revision) return { outcome: 'corrected' };
    const serverMs = date === undefined ? Number.NaN : Date.parse(date);
    if (Number.isNaN(serverMs)) {
      return {
        outcome: 'uncorrected',
        message: 'the clock skew cannot be measured: the reply has no readable Date header',
      };
    }
    const measuredMs = serverMs - Math.floor(this.#clock.now() / 1000) * 1000;
    if (this.#unproven) {
      // Reported once; the next refusal measures afresh, so that one wrong Date header does no lasting harm.
      this.#unproven = false;
      return {
        outcome: 'uncorrected',
        message: `${describeSkew(measuredMs)}; correcting for it did not help`,
      };
    }
    this.#skewMs = measuredMs;
    this.#revision += 1;
    this.#unproven = true;
    return { outcome: 'corrected' };
  }
}

function describeSkew(skewMs: number): string {
  if (skewMs === 0) return "this machine's clock agrees with the cloud's";
  const seconds = Math.abs(skewMs) / 1000;
  return `this machine's clock is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} the cloud's`;
}
