/** What other claims mean for their instances: who owns, what is declared anew, what is let go. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Claim } from '../core/claim.ts';
import type { ClaimIndex } from '../core/claim-index.ts';
import { type Binding, type Scope, scopeKey } from '../core/model.ts';
import { sameSequence } from '../core/plan.ts';

export interface ClaimChanges {
  /** New owners. */
  readonly owners: readonly (readonly [InstanceId, BindingKey])[];
  /** Instances that their owner names no more, or through another scope, and nobody holds, with the scope key of the owner. */
  readonly letGo: readonly (readonly [InstanceId, string])[];
  /** Instances that a scope has to converge to something new, by scope key. */
  readonly declared: ReadonlyMap<string, { readonly scope: Scope; readonly ids: InstanceId[] }>;
  /** Instances that are not a scope's any more, by scope key. */
  readonly released: ReadonlyMap<string, { readonly scope: Scope; readonly ids: InstanceId[] }>;
}

/** @param before the claims on the touched instances before the change. */
export function claimChanges(
  before: ReadonlyMap<InstanceId, readonly Claim[]>,
  claims: ClaimIndex,
): ClaimChanges {
  const owners: [InstanceId, BindingKey][] = [];
  const letGo: [InstanceId, string][] = [];
  const declared = new Map<string, { scope: Scope; ids: InstanceId[] }>();
  const released = new Map<string, { scope: Scope; ids: InstanceId[] }>();
  for (const [id, old] of before) {
    const from = old.find(({ holds }) => holds)?.winner;
    const to = claims.holder(id);
    if (to !== undefined && from?.key !== to.key) owners.push([id, to.key]);
    const keeps = (binding: Binding) => from !== undefined && claims.tenancy.holdsOn(from, binding);
    if (to === undefined && from !== undefined && !claims.naming(id).some(keeps))
      letGo.push([id, scopeKey(from.scope)]);
    const present = claims.claimsOn(id);
    for (const { winner } of old) {
      if (!present.some((claim) => sameScope(claim.winner, winner))) append(released, winner.scope, id);
    }
    for (const { winner } of present) {
      const earlier = old.find((claim) => sameScope(claim.winner, winner))?.winner;
      if (!sameDemand(earlier, winner)) append(declared, winner.scope, id);
    }
  }
  return { owners, letGo, declared, released };
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
