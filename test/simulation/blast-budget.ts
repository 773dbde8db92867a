/** How many instances of a tenant were written in a region without an approval within any period. */
import type { BlastRadius } from '../../src/core/policy.ts';

/** What is let go is still known while its list from before is put back. */
const REMEMBERED_MS = 11 * 60_000;

interface Known {
  readonly atMs: number;
  readonly instances: ReadonlySet<string>;
}

export class BlastBudget {
  readonly #radius: BlastRadius;
  /** By whose budget it is, the instances that count, from then on. */
  readonly #known = new Map<string, Known[]>();
  readonly #written = new Map<string, { readonly id: string; readonly atMs: number }[]>();

  constructor(radius: BlastRadius) {
    this.#radius = radius;
  }

  declared(whose: string, instances: ReadonlySet<string>, atMs: number): void {
    const known = this.#known.get(whose) ?? [];
    this.#known.set(whose, known);
    known.push({ atMs, instances });
  }

  /** A write without an approval that left at a time has arrived. Returns what it breaks. */
  written(whose: string, id: string, sentMs: number): string | undefined {
    const { periodMs, count, share } = this.#radius;
    const written = this.#written.get(whose) ?? [];
    this.#written.set(whose, written);
    written.push({ id, atMs: sentMs });
    const limit = Math.max(count, Math.floor(share * this.#most(whose, sentMs)));
    // Writes arrive in another order than they leave: every period that this one is in has to keep the limit.
    for (const { atMs: endMs } of written) {
      if (endMs < sentMs || endMs - sentMs >= periodMs) continue;
      const within = written.filter(({ atMs }) => atMs <= endMs && endMs - atMs < periodMs);
      const distinct = new Set(within.map((one) => one.id));
      if (distinct.size > limit)
        return `is the ${distinct.size}th instance within ${periodMs} ms that is written without an approval, ${limit} may`;
    }
    return undefined;
  }

  #most(whose: string, nowMs: number): number {
    const all = new Set<string>();
    const known = this.#known.get(whose) ?? [];
    for (const [index, { instances }] of known.entries()) {
      const endedMs = known[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      if (nowMs - endedMs <= REMEMBERED_MS) for (const id of instances) all.add(id);
    }
    return all.size;
  }
}
