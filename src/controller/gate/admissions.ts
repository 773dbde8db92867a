/** The changes of one scope that were let through, and how many of them count against the blast radius. */
import type { InstanceId } from '../../api/ids.ts';
import { sameSequence } from '../../core/plan.ts';
import { type PlanChange, sameChange } from '../../core/plan-change.ts';

type Change = Pick<PlanChange, 'from' | 'to'>;

export interface Admission extends Change {
  /** What let it pass; empty for the ordinary way, which counts. */
  readonly authority: string;
}

export class Admissions {
  readonly #admitted = new Map<InstanceId, Admission>();
  /** When instances were changed the ordinary way. */
  readonly #changedMs = new Map<InstanceId, number>();
  /** The same before the last write. */
  readonly #earlierMs = new Map<InstanceId, number>();

  has(id: InstanceId): boolean {
    return this.#admitted.has(id);
  }

  /** The admission of a change to this very list. What has an authority is that one change, from that very list. */
  get(id: InstanceId, change: Change): Admission | undefined {
    const admission = this.#admitted.get(id);
    if (admission === undefined) return undefined;
    const same =
      admission.authority === '' ? sameSequence(admission.to, change.to) : sameChange(admission, change);
    return same ? admission : undefined;
  }

  admit(id: InstanceId, { from, to }: Change, authority = ''): void {
    this.#admitted.set(id, { from, to, authority });
  }

  /** Ends what has an authority that does not hold any more. Returns those instances. */
  revoke(holds: (id: InstanceId, change: Change) => boolean): InstanceId[] {
    const revoked = [...this.#admitted].flatMap(([id, one]) =>
      one.authority === '' || holds(id, one) ? [] : [id],
    );
    for (const id of revoked) this.#admitted.delete(id);
    return revoked;
  }

  /** Its write leaves. */
  changed(id: InstanceId, nowMs: number): void {
    if (this.#admitted.get(id)?.authority !== '') return;
    const earlierMs = this.#changedMs.get(id);
    if (earlierMs === undefined) this.#earlierMs.delete(id);
    else this.#earlierMs.set(id, earlierMs);
    this.#changedMs.set(id, nowMs);
  }

  /** The write that has left changed nothing. */
  unchanged(id: InstanceId): void {
    if (this.#admitted.get(id)?.authority !== '') return;
    const earlierMs = this.#earlierMs.get(id);
    if (earlierMs === undefined) this.#changedMs.delete(id);
    else this.#changedMs.set(id, earlierMs);
  }

  /** An earlier process changed it the ordinary way. */
  remember(id: InstanceId, atMs: number): void {
    this.#changedMs.set(id, Math.max(atMs, this.#changedMs.get(id) ?? 0));
  }

  /** Returns whether it was changed the ordinary way before. */
  end(id: InstanceId): boolean {
    this.#admitted.delete(id);
    return this.#changedMs.has(id);
  }

  /** What counts at this moment: when each was changed, and Infinity for what is admitted and not changed yet. */
  charged(nowMs: number, periodMs: number): Map<InstanceId, number> {
    const charged = new Map<InstanceId, number>();
    for (const [id, atMs] of this.#changedMs) {
      if (nowMs - atMs < periodMs) charged.set(id, atMs);
      else this.#changedMs.delete(id);
    }
    for (const [id, atMs] of this.#earlierMs) if (nowMs - atMs >= periodMs) this.#earlierMs.delete(id);
    for (const [id, { authority }] of this.#admitted) {
      if (authority === '' && !charged.has(id)) charged.set(id, Number.POSITIVE_INFINITY);
    }
    return charged;
  }
}
