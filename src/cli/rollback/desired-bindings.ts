/**
 * What shall be after a rollback, as bindings. They are made for this one plan and own nothing: whoever owns an instance
 * goes on owning it. Whether a binding may be written at all (mode, suspension, emergency) is what holds now, not what
 * held then. An instance that another binding holds back now is in none of them.
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { type Binding, type Origin, scopeKey } from '../../core/model.ts';
import { Holders, type Present } from './present.ts';
import { type EarlierList, type RollbackTarget, refuseUnknownInstances } from './rollback-target.ts';

export interface DesiredBindings {
  /** What is written back. */
  readonly bindings: ReadonlyMap<BindingKey, Binding>;
  /** The instances of the target that are left alone, each with the binding that holds it back now. */
  readonly left: ReadonlyMap<InstanceId, Binding>;
}

/** {@link targetBindings}, and what of them is left alone. @throws as they do. */
export function desiredBindings(
  target: RollbackTarget,
  present: Present,
  wanted: readonly InstanceId[],
): DesiredBindings {
  const holders = new Holders(present);
  const bindings = new Map<BindingKey, Binding>();
  const left = new Map<InstanceId, Binding>();
  for (const [key, back] of targetBindings(target, present, wanted)) {
    const { scope, selector, instanceIds } = back;
    const held = holders.others(
      { key: wholeKey(key), scope },
      selector === undefined ? instanceIds : undefined,
    );
    for (const [id, holder] of held) left.set(id, holder);
    const rest = instanceIds.filter((id) => !held.has(id));
    if (selector !== undefined) {
      // Who its members are is known when they are listed.
      const excluded = [...new Set([...selector.excluded, ...held.keys()])];
      bindings.set(key, { ...back, selector: { ...selector, excluded } });
    } else if (rest.length > 0 || instanceIds.length === 0) {
      bindings.set(key, { ...back, instanceIds: rest });
    }
  }
  return { bindings, left };
}

/** The parts of one owner are told apart by a number, which nobody else knows. */
export function wholeKey(key: BindingKey): BindingKey {
  return key.replace(/ \(\d+\)$/, '') as BindingKey;
}

/** What the target declares. @throws CliError for a wanted instance that it does not tell of. @param wanted empty for all. */
export function targetBindings(
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
  { declared: now, owners }: Present,
  only: ReadonlySet<InstanceId> | undefined,
): Binding[] {
  return [...declared.values()].flatMap((then) => {
    const { origin } = then;
    const back = {
      ...heldAsNow(then, now.get(then.key)),
      origin: origin.kind === 'directory' ? { ...origin, revision: revision.revision } : origin,
    };
    if (only === undefined) return [back];
    const { selector, ...named } = back;
    const isMember = (id: InstanceId) =>
      selector === undefined ? then.instanceIds.includes(id) : owners.get(id) === then.key;
    const instanceIds = [...only].filter(isMember);
    return instanceIds.length === 0 ? [] : [{ ...named, instanceIds }];
  });
}

function journalBindings(
  { id, lists }: Extract<RollbackTarget, { kind: 'journal' }>,
  { declared, owners }: Present,
  only: ReadonlySet<InstanceId> | undefined,
): Binding[] {
  const kept = lists.filter(({ instanceId }) => only?.has(instanceId) ?? true);
  const ownerOf = (one: EarlierList) => owners.get(one.instanceId) ?? one.binding;
  const groups = Map.groupBy(kept, (one) => JSON.stringify([ownerOf(one), scopeKey(one.scope), one.sgIds]));
  const used = new Map<BindingKey, number>();
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const owner = ownerOf(first);
    const number = (used.get(owner) ?? 0) + 1;
    used.set(owner, number);
    const plain = bareBinding(owner, first);
    const now = declared.get(owner);
    const made: Binding = {
      ...heldAsNow(plain, now),
      // One owner's instances may have had several lists: each is a part of its own.
      key: (number === 1 ? owner : `${owner} (${number})`) as BindingKey,
      instanceIds: same.map(({ instanceId }) => instanceId),
      origin: backOrigin(now, id),
    };
    return [made];
  });
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
function heldAsNow(then: Binding, now: Binding | undefined): Binding {
  const { reconcileRequest, approvedPlan, emergency, deletionPolicy, ...lasting } = then;
  return now === undefined ? lasting : { ...withoutHold(lasting), ...holdOf(now) };
}

function withoutHold({ suspendUntilMs, ...rest }: Binding): Binding {
  return rest;
}

function holdOf({ mode, suspend, suspendUntilMs, emergency }: Binding): Partial<Binding> {
  return {
    mode,
    suspend,
    ...(suspendUntilMs === undefined ? {} : { suspendUntilMs }),
    ...(emergency === undefined ? {} : { emergency }),
  };
}
