/**
 * What shall be after a rollback, as bindings. They are made for this one plan and own nothing: whoever owns an instance
 * goes on owning it. Whether an instance may be written at all (mode, suspension, emergency) is what holds now, not what
 * held then, and whoever declares it now: instances that are not held alike are parts of their own.
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { type Binding, type Origin, scopeKey } from '../../core/model.ts';
import { type Hold, type Present, PresentHolds } from './present.ts';
import { type EarlierList, type RollbackTarget, refuseUnknownInstances } from './rollback-target.ts';

/** @throws CliError for a wanted instance that the target does not tell of. @param wanted empty for all. */
export function desiredBindings(
  target: RollbackTarget,
  present: Present,
  wanted: readonly InstanceId[],
): Map<BindingKey, Binding> {
  const only = wanted.length === 0 ? undefined : new Set(wanted);
  const bindings =
    target.kind === 'revision'
      ? revisionBindings(target, present, only)
      : journalBindings(target, present, only);
  refuseUnknownInstances(target, wanted, new Set(bindings.flatMap(({ instanceIds }) => instanceIds)));
  return new Map(bindings.map((binding) => [binding.key, binding]));
}

function revisionBindings(
  { revision, declared }: Extract<RollbackTarget, { kind: 'revision' }>,
  present: Present,
  only: ReadonlySet<InstanceId> | undefined,
): Binding[] {
  const holds = new PresentHolds(present);
  const numbered = new PartKeys();
  return [...declared.values()].flatMap((then) => {
    const { origin } = then;
    const plain: Binding = {
      ...then,
      origin: origin.kind === 'directory' ? { ...origin, revision: revision.revision } : origin,
    };
    const now = present.declared.get(then.key);
    if (only === undefined && then.selector !== undefined) return [selecting(heldAsNow(plain, now), holds)];
    const { selector, ...named } = plain;
    const isMember = (id: InstanceId) =>
      selector === undefined ? then.instanceIds.includes(id) : present.owners.get(id) === then.key;
    const instanceIds = only === undefined ? then.instanceIds : [...only].filter(isMember);
    const parts = Map.groupBy(instanceIds, (id) => JSON.stringify(holds.of(id, then)));
    return [...parts.values()].map((same) => ({
      ...heldAsNow(named, holds.of(same[0] as InstanceId, then)),
      key: numbered.next(then.key),
      instanceIds: same,
    }));
  });
}

/** Who its members are is known when they are listed, so those that others hold back are kept out before. */
function selecting(back: Binding, holds: PresentHolds): Binding {
  const { selector } = back;
  if (selector === undefined) return back;
  const excluded = [...new Set([...selector.excluded, ...holds.heldByOthers(back)])];
  return { ...back, selector: { ...selector, excluded } };
}

function journalBindings(
  { id, lists }: Extract<RollbackTarget, { kind: 'journal' }>,
  present: Present,
  only: ReadonlySet<InstanceId> | undefined,
): Binding[] {
  const { declared, owners } = present;
  const holds = new PresentHolds(present);
  const kept = lists.filter(({ instanceId }) => only?.has(instanceId) ?? true);
  const ownerOf = (one: EarlierList) => owners.get(one.instanceId) ?? one.binding;
  const holdOf = (one: EarlierList) => holds.of(one.instanceId, { key: ownerOf(one), scope: one.scope });
  const groups = Map.groupBy(kept, (one) =>
    JSON.stringify([ownerOf(one), scopeKey(one.scope), one.sgIds, holdOf(one)]),
  );
  const numbered = new PartKeys();
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const owner = ownerOf(first);
    const made: Binding = {
      ...heldAsNow(bareBinding(owner, first), holdOf(first)),
      // One owner's instances may have had several lists: each is a part of its own.
      key: numbered.next(owner),
      instanceIds: same.map(({ instanceId }) => instanceId),
      origin: backOrigin(declared.get(owner), id),
    };
    return [made];
  });
}

/** The keys of the parts of each owner: `git:shop/web`, `git:shop/web (2)`. */
class PartKeys {
  readonly #used = new Map<BindingKey, number>();

  next(owner: BindingKey): BindingKey {
    const number = (this.#used.get(owner) ?? 0) + 1;
    this.#used.set(owner, number);
    return number === 1 ? owner : (`${owner} (${number})` as BindingKey);
  }
}

/** Whose the binding is follows from where it is declared now; the revision tells what it goes back to. */
function backOrigin(now: Binding | undefined, id: number): Origin {
  const place = now?.origin.kind === 'directory' ? now.origin : { file: 'journal', line: id, column: 1 };
  return { ...place, kind: 'directory', revision: `journal entry ${id}` };
}

/** `git:shop/web` is `web` in `shop`. */
function bareBinding(key: BindingKey, { scope, sgIds }: EarlierList): Binding {
  const [namespace = '', name = ''] = key.slice(key.indexOf(':') + 1).split('/');
  const origin = { kind: 'directory', file: 'journal', line: 1, column: 1, revision: '' } as const;
  return { key, namespace, name, scope, instanceIds: [], sgIds, mode: 'Enforce', suspend: false, origin };
}

/** The binding without what was meant for its own time, held by what holds now. */
function heldAsNow(then: Binding, now: Hold | undefined): Binding {
  const { reconcileRequest, approvedPlan, emergency, deletionPolicy, ...lasting } = then;
  return now === undefined ? lasting : { ...withoutHold(lasting), ...holdOf(now) };
}

function withoutHold({ suspendUntilMs, ...rest }: Binding): Binding {
  return rest;
}

function holdOf({ mode, suspend, suspendUntilMs, emergency }: Hold): Hold {
  return {
    mode,
    suspend,
    ...(suspendUntilMs === undefined ? {} : { suspendUntilMs }),
    ...(emergency === undefined ? {} : { emergency }),
  };
}
