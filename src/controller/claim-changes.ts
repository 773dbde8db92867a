/** What an update of the claim index means for the instances it touched: who owns, what is declared anew, what is let go. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Claim, ClaimIndex } from '../core/claim-index.ts';
import { type Binding, type Scope, scopeKey } from '../core/model.ts';
import { sameSequence } from '../core/plan.ts';

export interface ClaimChanges {
  /** New owners; undefined for instances that nobody claims any more. */
  readonly owners: readonly (readonly [InstanceId, BindingKey | undefined])[];
  /** Instances that a scope has to converge to something new, by scope key. */
  readonly declared: ReadonlyMap<string, { readonly scope: Scope; readonly ids: InstanceId[] }>;
  /** Instances that are not a scope's any more, by scope key. */
  readonly released: ReadonlyMap<string, { readonly scope: Scope; readonly ids: InstanceId[] }>;
}

/** @param before the claims of the touched instances before the update. */
export function claimChanges(
  before: ReadonlyMap<InstanceId, Claim | undefined>,
  claims: ClaimIndex,
): ClaimChanges {
  const owners: [InstanceId, BindingKey | undefined][] = [];
  const declared = new Map<string, { scope: Scope; ids: InstanceId[] }>();
  const released = new Map<string, { scope: Scope; ids: InstanceId[] }>();
  for (const [id, old] of before) {
    const from = old?.winner;
    const to = claims.claim(id)?.winner;
    if (from?.key !== to?.key) owners.push([id, to?.key]);
    const moved = from !== undefined && (to === undefined || scopeKey(from.scope) !== scopeKey(to.scope));
    if (from !== undefined && moved) append(released, from.scope, id);
    if (to !== undefined && (moved || !sameDemand(from, to))) append(declared, to.scope, id);
  }
  return { owners, declared, released };
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
