/**
 * The difference between the cloud's clock and ours, measured from a reply's `Date` header and corrected once. A difference
 * of more than a day is not corrected: a `Date` that anybody on the way made up must not have us sign for a far moment.
 */
import type { Clock } from '../runtime/clock.ts';

/** The time that one attempt was signed with. */
export interface Stamp {
  /** Unix seconds, the measured skew included. */
  readonly timestampS: number;
  /** Counts corrections, so that an attempt signed before a correction is not held against it. */
  readonly revision: number;
}

/** What {@link ClockSkew.refused} made of a clock error. */
export type SkewResult =
  | { readonly outcome: 'corrected' }
  /** No further correction: the words say what was measured. */
  | { readonly outcome: 'uncorrected'; readonly message: string };

/** Largest difference that is corrected. */
const MAX_SKEW_MS = 86_400_000;
/** For so long a difference that is too large is believed; then one attempt measures it afresh. */
const BELIEVED_MS = 300_000;

/** Stamps attempts. One serves all scopes of a process: the machine has one clock, and so has the cloud. */
export class ClockSkew {
  readonly #clock: Clock;
  #skewMs = 0;
  #revision = 0;
  /** True from a correction until the cloud accepts a stamp, or refuses the corrected one. */
  #unproven = false;
  /** The newest stamp that the cloud accepted, and when it did. */
  #confirmed: { readonly serverMs: number; readonly atMs: number } | undefined;
  /** The latest difference that was too large: the server's time, and when it was read. */
  #tooLarge: { readonly serverMs: number; readonly atMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  stamp(): Stamp {
    return {
      timestampS: Math.floor((this.#clock.now() + this.#skewMs) / 1000),
      revision: this.#revision,
    };
  }

  /** Why nothing may be signed at present; undefined when it may. It ends as soon as the machine's clock is set right. */
  standstill(): string | undefined {
    if (this.#tooLarge === undefined) return undefined;
    const { serverMs, atMs } = this.#tooLarge;
    const passedMs = this.#clock.now() - atMs;
    const skewMs = serverMs + passedMs - this.#clock.wall();
    if (passedMs < BELIEVED_MS && Math.abs(skewMs) > MAX_SKEW_MS) return describeTooLarge(skewMs);
    this.#tooLarge = undefined;
    return undefined;
  }

  /** The cloud accepted `stamp`. */
  accepted(stamp: Stamp): void {
    if (stamp.revision === this.#revision) this.#unproven = false;
    this.#confirmed = { serverMs: stamp.timestampS * 1000, atMs: this.#clock.now() };
  }

  /** The time by the last stamp that the cloud accepted, in milliseconds since the Unix epoch; undefined before the first. */
  confirmedMs(): number | undefined {
    if (this.#confirmed === undefined) return undefined;
    return this.#confirmed.serverMs + this.#clock.now() - this.#confirmed.atMs;
  }

  /** The cloud refused `stamp`; `date` is the reply's `Date` header. */
  refused(stamp: Stamp, date: string | undefined): SkewResult {
    if (stamp.revision !== this.#revision) return { outcome: 'corrected' };
    const serverMs = date === undefined ? Number.NaN : Date.parse(date);
    if (Number.isNaN(serverMs)) {
      return {
        outcome: 'uncorrected',
        message: 'the clock skew cannot be measured: the reply has no readable Date header',
      };
    }
    const wallSkewMs = serverMs - Math.floor(this.#clock.wall() / 1000) * 1000;
    if (Math.abs(wallSkewMs) > MAX_SKEW_MS) {
      this.#tooLarge = { serverMs, atMs: this.#clock.now() };
      return { outcome: 'uncorrected', message: describeTooLarge(wallSkewMs) };
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

function describeTooLarge(skewMs: number): string {
  const days = Math.floor(Math.abs(skewMs) / MAX_SKEW_MS);
  const side = skewMs > 0 ? 'behind' : 'ahead of';
  return `this machine's clock is more than ${days === 1 ? 'a day' : `${days} days`} ${side} the cloud's, which is not corrected: nothing is signed until the clock is set right (NTP), or the cloud tells another time`;
}
