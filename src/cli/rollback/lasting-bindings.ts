/**
 * The declarations that make a rollback last, by file. A whole revision is what it declared then, beside what was declared
 * later in the same files. For single instances and journal entries the present declarations are edited: an instance that
 * gets another list than its binding leaves it for a binding with that list; when all of them do, the binding itself gets
 * it. Pure.
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Binding, GroupList } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { desiredBindings } from './desired-bindings.ts';
import type { Present } from './present.ts';
import type { RollbackTarget } from './rollback-target.ts';

/** Where what nobody declares at present is put. */
const NEW_FILE = 'rollback.yaml';

export type BindingsByFile = ReadonlyMap<string, readonly Binding[]>;

/** Only the files that change. @throws CliError as {@link desiredBindings} does. @param wanted empty for all. */
export function lastingBindings(
  target: RollbackTarget,
  present: Present,
  wanted: readonly InstanceId[],
): BindingsByFile {
  if (target.kind === 'revision' && wanted.length === 0) return whole(target.declared, present);
  return edit(present, desiredBindings(target, present, wanted).values());
}

/** The files of a revision. What is declared in them now and was not then stays: only a person takes it out. */
function whole(then: Present['declared'], { declared }: Present): BindingsByFile {
  const files = new Set([...then.values()].map(fileOf));
  const later = [...declared.values()].filter((now) => !then.has(now.key) && files.has(fileOf(now)));
  return byFile([...then.values(), ...later]);
}

interface Back {
  readonly instanceIds: Set<InstanceId>;
  readonly binding: Binding;
}

function edit({ declared, owners }: Present, desired: Iterable<Binding>): BindingsByFile {
  const names = new Set(declared.keys());
  const edited = new Map<BindingKey, Binding>(declared);
  const touched = new Set<string>();
  const added: Binding[] = [];
  for (const [key, groups] of byOwner(declared, owners, desired)) {
    const owner = key === undefined ? undefined : declared.get(key);
    const leaving = groups.flatMap(({ instanceIds }) => [...instanceIds]);
    const left = owner && without(owner, leaving);
    const [first] = groups;
    const wholly = left?.selector === undefined && left?.instanceIds.length === 0;
    if (owner !== undefined && left !== undefined) {
      // Nobody is left: the binding itself takes the first list, and its name stays.
      edited.set(
        owner.key,
        wholly && first !== undefined ? relisted(owner, first.instanceIds, first.binding.sgIds) : left,
      );
      touched.add(fileOf(owner));
    }
    for (const { binding, instanceIds } of wholly && owner !== undefined ? groups.slice(1) : groups) {
      const made = named(relisted(owner ?? binding, instanceIds, binding.sgIds), names);
      const file = owner === undefined ? NEW_FILE : fileOf(owner);
      touched.add(file);
      added.push({ ...made, origin: { kind: 'directory', file, line: 1, column: 1, revision: '' } });
    }
  }
  const all = byFile([...edited.values(), ...added]);
  return new Map([...all].filter(([file]) => touched.has(file)));
}

/** The instances that need another list than their present binding declares, by that binding. */
function byOwner(
  declared: Present['declared'],
  owners: Present['owners'],
  desired: Iterable<Binding>,
): Map<BindingKey | undefined, Back[]> {
  const claimed = new Map<InstanceId, BindingKey>();
  for (const { key, instanceIds } of declared.values()) for (const id of instanceIds) claimed.set(id, key);
  const result = new Map<BindingKey | undefined, Back[]>();
  for (const binding of desired) {
    for (const id of binding.instanceIds) {
      const owner = owners.get(id) ?? claimed.get(id);
      const present = owner === undefined ? undefined : declared.get(owner);
      if (present !== undefined && sameSequence(present.sgIds, binding.sgIds)) continue;
      const groups = getOrMake(result, present?.key);
      const same = groups.find((one) => alike(one.binding, binding));
      if (same === undefined) groups.push({ binding, instanceIds: new Set([id]) });
      else same.instanceIds.add(id);
    }
  }
  return result;
}

function alike(a: Binding, b: Binding): boolean {
  return (
    sameSequence(a.sgIds, b.sgIds) && a.scope.region === b.scope.region && a.scope.account === b.scope.account
  );
}

function getOrMake(map: Map<BindingKey | undefined, Back[]>, key: BindingKey | undefined): Back[] {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made: Back[] = [];
  map.set(key, made);
  return made;
}

function without(binding: Binding, leaving: readonly InstanceId[]): Binding {
  const { selector } = binding;
  const instanceIds = binding.instanceIds.filter((id) => !leaving.includes(id));
  if (selector === undefined) return { ...binding, instanceIds };
  const excluded = [...new Set([...selector.excluded, ...leaving])].sort();
  return { ...binding, instanceIds, selector: { ...selector, excluded } };
}

function relisted(binding: Binding, instanceIds: Iterable<InstanceId>, sgIds: GroupList): Binding {
  const { selector: _, ...rest } = binding;
  return { ...rest, instanceIds: [...instanceIds].sort(), sgIds };
}

/** `web-back`, or `web-back-2` where that is taken. */
function named(binding: Binding, taken: Set<BindingKey>): Binding {
  for (let number = 1; ; number++) {
    const name = `${binding.name}-back${number === 1 ? '' : `-${number}`}`;
    const key = `${binding.namespace}/${name}` as BindingKey;
    if (taken.has(key)) continue;
    taken.add(key);
    return { ...binding, key, name };
  }
}

function fileOf({ origin }: Binding): string {
  return origin.kind === 'directory' ? origin.file : NEW_FILE;
}

function byFile(bindings: Iterable<Binding>): Map<string, Binding[]> {
  const files = Map.groupBy(bindings, fileOf);
  const line = ({ origin }: Binding) => (origin.kind === 'directory' ? origin.line : 0);
  // Edited ones keep their place; added ones, which have no line yet, stand at the end.
  for (const same of files.values())
    same.sort((a, b) => Number(isNew(a)) - Number(isNew(b)) || line(a) - line(b));
  return files;
}

function isNew({ origin }: Binding): boolean {
  return origin.kind === 'directory' && origin.revision === '';
}
