/** What a change of claims means for instances: new owners, new declarations, and instances that were let go. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import type { ClaimIndex } from './claim-index.ts';
import { type Binding, type Scope, scopeKey } from './model.ts';
import { sameSequence } from './plan.ts';

export interface ClaimChanges {
  /** New owners. */
  readonly owners: readonly (readonly [InstanceId, BindingKey])[];
  /** Instances that their owner no longer names, or names through another scope, and that nobody holds; with the scope key of the owner. */
  readonly unowned: readonly (readonly [InstanceId, string])[];
  /** Instances that a scope has to converge to something new, by scope key. */
  readonly declared: ReadonlyMap<string, { readonly scope: Scope; readonly ids: InstanceId[] }>;
  /** Instances that are not a scope's any more, by scope key. */
  readonly released: ReadonlyMap<string, { readonly scope: Scope; readonly ids: InstanceId[] }>;
}

/** @param before the claims on the instances before the change. */
export function claimChanges(
  before: ReadonlyMap<InstanceId, readonly Claim[]>,
  claims: ClaimIndex,
): ClaimChanges {
  const owners: [InstanceId, BindingKey][] = [];
  const unowned: [InstanceId, string][] = [];
  const declared = new Map<string, { scope: Scope; ids: InstanceId[] }>();
  const released = new Map<string, { scope: Scope; ids: InstanceId[] }>();
  for (const [id, old] of before) {
    const from = old.find(({ holds }) => holds)?.owner;
    const to = claims.holder(id);
    if (to !== undefined && from?.key !== to.key) owners.push([id, to.key]);
    const keeps = (binding: Binding) => from !== undefined && claims.tenancy.holdsOn(from, binding);
    if (to === undefined && from !== undefined && !claims.naming(id).some(keeps))
      unowned.push([id, scopeKey(from.scope)]);
    const present = claims.claimsOn(id);
    for (const { owner } of old) {
      if (!present.some((claim) => sameScope(claim.owner, owner))) append(released, owner.scope, id);
    }
    for (const { owner } of present) {
      const earlier = old.find((claim) => sameScope(claim.owner, owner))?.owner;
      if (!sameDemand(earlier, owner)) append(declared, owner.scope, id);
    }
  }
  return { owners, unowned, declared, released };
}

function sameScope(a: Binding, b: Binding): boolean {
  return scopeKey(a.scope) === scopeKey(b.scope);
}

/** Whether two declarations ask the same of an instance, wherever they stand. */
function sameDemand(a: Binding | undefined, b: Binding): boolean {
  if (a === undefined) return false;
  const sameHold = a.mode === b.mode && a.suspend === b.suspend && a.suspendUntilMs === b.suspendUntilMs;
  return sameHold && a.key === b.key && sameSequence(a.sgIds, b.sgIds);
}

function append(map: Map<string, { scope: Scope; ids: InstanceId[] }>, scope: Scope, id: InstanceId): void {
  const key = scopeKey(scope);
  const present = map.get(key);
  if (present === undefined) map.set(key, { scope, ids: [id] });
  else present.ids.push(id);
}
