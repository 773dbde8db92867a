/** The changes of one scope that were granted, and which of them count against the budget of which tenant. */
import type { InstanceId } from '../../api/ids.ts';
import { sameSequence } from '../../core/plan.ts';
import { type PlanChange, sameChange } from '../../core/plan-change.ts';

type Change = Pick<PlanChange, 'from' | 'to'>;

export interface Grant extends Change {
  readonly tenant: string;
  /** What let it pass; empty for the ordinary way, which counts. */
  readonly authority: string;
}

export class Grants {
  readonly #granted = new Map<InstanceId, Grant>();
  /** When instances were changed the ordinary way, and in whose budget. */
  readonly #changed = new Map<InstanceId, Changed>();
  /** The same before the last write. */
  readonly #earlier = new Map<InstanceId, Changed>();

  has(id: InstanceId): boolean {
    return this.#granted.has(id);
  }

  /** The grant of a change to this very list. What has an authority is that one change, from that very list. */
  get(id: InstanceId, change: Change): Grant | undefined {
    const grant = this.#granted.get(id);
    if (grant === undefined) return undefined;
    const same = grant.authority === '' ? sameSequence(grant.to, change.to) : sameChange(grant, change);
    return same ? grant : undefined;
  }

  grant(
    id: InstanceId,
    { from, to }: Change,
    by: { readonly tenant: string; readonly authority: string },
  ): void {
    this.#granted.set(id, { from, to, ...by });
  }

  /** Ends what has an authority that does not hold any more. Returns those instances. */
  revoke(holds: (id: InstanceId, change: Change) => boolean): InstanceId[] {
    const revoked = [...this.#granted].flatMap(([id, one]) =>
      one.authority === '' || holds(id, one) ? [] : [id],
    );
    for (const id of revoked) this.#granted.delete(id);
    return revoked;
  }

  /** Its write leaves. */
  sent(id: InstanceId, nowMs: number): void {
    const grant = this.#granted.get(id);
    if (grant?.authority !== '') return;
    const earlier = this.#changed.get(id);
    if (earlier === undefined) this.#earlier.delete(id);
    else this.#earlier.set(id, earlier);
    this.#changed.set(id, { tenant: grant.tenant, atMs: nowMs });
  }

  /** The write that has left changed nothing. */
  unchanged(id: InstanceId): void {
    if (this.#granted.get(id)?.authority !== '') return;
    const earlier = this.#earlier.get(id);
    if (earlier === undefined) this.#changed.delete(id);
    else this.#changed.set(id, earlier);
  }

  /** An earlier process changed it the ordinary way. */
  remember(id: InstanceId, changed: Changed): void {
    const known = this.#changed.get(id);
    if (known === undefined || known.atMs < changed.atMs) this.#changed.set(id, changed);
  }

  /** Returns whether it was changed the ordinary way before. */
  end(id: InstanceId): boolean {
    this.#granted.delete(id);
    return this.#changed.has(id);
  }

  /** What a tenant has used at this moment: when each instance was changed, and Infinity for what is granted and not changed yet. */
  used(tenant: string, nowMs: number, periodMs: number): Map<InstanceId, number> {
    const used = new Map<InstanceId, number>();
    for (const [id, { tenant: of, atMs }] of this.#changed) {
      if (nowMs - atMs >= periodMs) this.#changed.delete(id);
      else if (of === tenant) used.set(id, atMs);
    }
    for (const [id, { atMs }] of this.#earlier) if (nowMs - atMs >= periodMs) this.#earlier.delete(id);
    for (const [id, { tenant: of, authority }] of this.#granted) {
      if (authority === '' && of === tenant && !used.has(id)) used.set(id, Number.POSITIVE_INFINITY);
    }
    return used;
  }
}

interface Changed {
  readonly tenant: string;
  readonly atMs: number;
}
