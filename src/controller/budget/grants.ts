/** The changes of one scope that were granted, and which of them count against the budget of which tenant. */
import type { InstanceId } from '../../api/ids.ts';
import type { Permit } from '../../api/permit.ts';
import { type PlanChange, sameChange, sameSequence } from '../../core/plan.ts';

type Change = Pick<PlanChange, 'from' | 'to'>;

/** A change as it would be made now. */
export interface GrantedChange extends Change {
  /** What it opens that only an approval lets pass; undefined: nothing. */
  readonly needsApproval?: string | undefined;
}

export interface Grant extends Change {
  readonly tenant: string;
  /** What let it pass; absent for the ordinary way, which counts. */
  readonly permit?: Permit;
}

/** Those of one call share it. */
interface Moment {
  readonly atMs: number;
}

/** When instances were changed the ordinary way in the budget of one tenant. Another one may change the same instance after it. */
class TenantChanges {
  readonly #latest = new Map<InstanceId, Moment>();
  /** The same before the last write. */
  readonly #earlier = new Map<InstanceId, Moment>();

  has(id: InstanceId): boolean {
    return this.#latest.has(id);
  }

  sent(id: InstanceId, moment: Moment): void {
    const earlier = this.#latest.get(id);
    if (earlier === undefined) this.#earlier.delete(id);
    else this.#earlier.set(id, earlier);
    this.#latest.set(id, moment);
  }

  /** The write that has left changed nothing. */
  unchanged(id: InstanceId): void {
    const earlier = this.#earlier.get(id);
    if (earlier === undefined) this.#latest.delete(id);
    else this.#latest.set(id, earlier);
  }

  remember(id: InstanceId, moment: Moment): void {
    const known = this.#latest.get(id);
    if (known === undefined || known.atMs < moment.atMs) this.#latest.set(id, moment);
  }

  /** Forgets what came at that time or before it. Returns whether nothing is left. */
  forget(untilMs: number): boolean {
    for (const moments of [this.#latest, this.#earlier])
      for (const [id, { atMs }] of moments) if (atMs <= untilMs) moments.delete(id);
    return this.#latest.size === 0;
  }

  [Symbol.iterator](): Iterator<[InstanceId, Moment]> {
    return this.#latest.entries();
  }
}

export class Grants {
  readonly #granted = new Map<InstanceId, Grant>();
  readonly #changed = new Map<string, TenantChanges>();
  #latest: Moment = { atMs: Number.NEGATIVE_INFINITY };

  has(id: InstanceId): boolean {
    return this.#granted.has(id);
  }

  /**
   * The grant of a change to this very list. An approved change must also start from the list that was approved, and one that
   * needs an approval must have one.
   */
  get(id: InstanceId, change: GrantedChange): Grant | undefined {
    const grant = this.#granted.get(id);
    if (grant === undefined) return undefined;
    if (change.needsApproval !== undefined && grant.permit === undefined) return undefined;
    const same = grant.permit === undefined ? sameSequence(grant.to, change.to) : sameChange(grant, change);
    return same ? grant : undefined;
  }

  grant(id: InstanceId, { from, to }: Change, by: Pick<Grant, 'tenant' | 'permit'>): void {
    this.#granted.set(id, { from, to, ...by });
  }

  /** Ends grants whose approval does not hold any more. Returns their instances. */
  revoke(holds: (id: InstanceId, change: Change) => boolean): InstanceId[] {
    const revoked = [...this.#granted].flatMap(([id, one]) =>
      one.permit === undefined || holds(id, one) ? [] : [id],
    );
    for (const id of revoked) this.#granted.delete(id);
    return revoked;
  }

  /** Its write leaves. */
  sent(id: InstanceId, nowMs: number): void {
    const grant = this.#granted.get(id);
    if (grant === undefined || grant.permit !== undefined) return;
    if (this.#latest.atMs !== nowMs) this.#latest = { atMs: nowMs };
    this.#changesOf(grant.tenant).sent(id, this.#latest);
  }

  /** The write that has left changed nothing. */
  unchanged(id: InstanceId): void {
    const grant = this.#granted.get(id);
    if (grant !== undefined && grant.permit === undefined) this.#changed.get(grant.tenant)?.unchanged(id);
  }

  /** An earlier process changed it the ordinary way. */
  remember(id: InstanceId, { tenant, atMs }: { readonly tenant: string; readonly atMs: number }): void {
    this.#changesOf(tenant).remember(id, { atMs });
  }

  end(id: InstanceId): void {
    this.#granted.delete(id);
  }

  /** Whether it was changed the ordinary way in the budget of a tenant before. */
  wasChanged(id: InstanceId, tenant: string): boolean {
    return this.#changed.get(tenant)?.has(id) ?? false;
  }

  /** What a tenant has used at this moment: when each instance was changed, and Infinity for what is granted and not changed yet. */
  used(tenant: string, nowMs: number, periodMs: number): Map<InstanceId, number> {
    for (const [of, changes] of this.#changed) if (changes.forget(nowMs - periodMs)) this.#changed.delete(of);
    const used = new Map<InstanceId, number>();
    for (const [id, { atMs }] of this.#changed.get(tenant) ?? []) used.set(id, atMs);
    for (const [id, { tenant: of, permit }] of this.#granted) {
      if (permit === undefined && of === tenant && !used.has(id)) used.set(id, Number.POSITIVE_INFINITY);
    }
    return used;
  }

  #changesOf(tenant: string): TenantChanges {
    const changes = this.#changed.get(tenant) ?? new TenantChanges();
    this.#changed.set(tenant, changes);
    return changes;
  }
}
