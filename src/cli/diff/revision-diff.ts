/** What changed from one set of declarations to another: by binding, and for the instances whose list differs. Pure. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { ClaimIndex } from '../../core/claim-index.ts';
import type { Binding, GroupList } from '../../core/model.ts';
import { plan, type Step, sameSequence } from '../../core/plan.ts';
import { bindingDocument } from '../output/binding-document.ts';

export interface FieldChange {
  /** As the resource calls it, such as `suspend`, or `file` for where it stands. */
  readonly field: string;
  /** Null where the field is not set. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface BindingDiff {
  readonly binding: BindingKey;
  readonly change: 'added' | 'changed' | 'removed';
  /** Absent for one that is added. */
  readonly before?: GroupList;
  /** Absent for one that is removed. */
  readonly after?: GroupList;
  readonly steps: readonly Step[];
  readonly joined: readonly InstanceId[];
  readonly left: readonly InstanceId[];
  readonly fields: readonly FieldChange[];
}

/** An instance for which another list is declared, or none any more. */
export interface InstanceDiff {
  readonly instanceId: InstanceId;
  readonly bindingBefore?: BindingKey;
  readonly bindingAfter?: BindingKey;
  /** Absent when nobody declared it. */
  readonly before?: GroupList;
  readonly after?: GroupList;
  readonly steps: readonly Step[];
}

export interface RevisionDiff {
  readonly bindings: readonly BindingDiff[];
  readonly instances: readonly InstanceDiff[];
}

type Declared = ReadonlyMap<BindingKey, Binding>;

/** Both lists are sorted, by binding and by instance. */
export function diffRevisions(before: Declared, after: Declared): RevisionDiff {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return {
    bindings: keys.flatMap((key) => diffBinding(key, before.get(key), after.get(key)) ?? []),
    instances: diffInstances(before, after),
  };
}

function diffBinding(
  binding: BindingKey,
  before: Binding | undefined,
  after: Binding | undefined,
): BindingDiff | undefined {
  const old = new Set(before?.instanceIds);
  const present = new Set(after?.instanceIds);
  const parts = {
    binding,
    ...(before === undefined ? {} : { before: before.sgIds }),
    ...(after === undefined ? {} : { after: after.sgIds }),
    steps: before === undefined || after === undefined ? [] : plan(before.sgIds, after.sgIds),
    joined: [...present].filter((id) => !old.has(id)).sort(),
    left: [...old].filter((id) => !present.has(id)).sort(),
    fields: before === undefined || after === undefined ? [] : diffFields(before, after),
  };
  if (before === undefined) return { ...parts, change: 'added' };
  if (after === undefined) return { ...parts, change: 'removed' };
  const same = [parts.steps, parts.joined, parts.left, parts.fields].every(({ length }) => length === 0);
  return same ? undefined : { ...parts, change: 'changed' };
}

function diffFields(before: Binding, after: Binding): FieldChange[] {
  const old = fieldsOf(before);
  const present = fieldsOf(after);
  // An object stands in no file.
  if (before.origin.kind !== after.origin.kind) for (const fields of [old, present]) fields.delete('file');
  return [...new Set([...old.keys(), ...present.keys()])]
    .sort()
    .map((field) => ({ field, before: old.get(field) ?? null, after: present.get(field) ?? null }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}

/** Everything but the instances and their list, which are told apart. */
function fieldsOf(binding: Binding): Map<string, unknown> {
  const { instanceIds: _, sgIds: __, ...spec } = bindingDocument(binding).spec;
  const { origin } = binding;
  return new Map(Object.entries(origin.kind === 'directory' ? { ...spec, file: origin.file } : spec));
}

function diffInstances(before: Declared, after: Declared): InstanceDiff[] {
  const old = claimsOf(before);
  const present = claimsOf(after);
  const ids = [...new Set([...old.keys(), ...present.keys()])].sort();
  return ids.flatMap((instanceId) => {
    const was = old.get(instanceId);
    const is = present.get(instanceId);
    if (was !== undefined && is !== undefined && sameSequence(was.sgIds, is.sgIds)) return [];
    return [
      {
        instanceId,
        ...(was === undefined ? {} : { bindingBefore: was.key, before: was.sgIds }),
        ...(is === undefined ? {} : { bindingAfter: is.key, after: is.sgIds }),
        steps: was === undefined || is === undefined ? [] : plan(was.sgIds, is.sgIds),
      },
    ];
  });
}

/** Who sets the list of each instance, where several claim it the one that would without a history. */
function claimsOf(declared: Declared): Map<InstanceId, Binding> {
  const index = new ClaimIndex();
  index.update(declared);
  return new Map([...index.claims()].map(([id, { owner }]) => [id, owner]));
}
