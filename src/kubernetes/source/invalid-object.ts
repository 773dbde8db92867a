/** What stays in force of an object that is not valid. */

import { formatPath, type Problem } from '../../api/problem.ts';
import { RESTORE_FINALIZER } from '../../api/resource.ts';
import { instantMs } from '../../api/spec-time.ts';
import { wishesIn } from '../../core/binding-of.ts';
import type { Binding } from '../../core/model.ts';
import { type BindingObject, identityOf, scopeOfObject } from './binding-object.ts';
import { omittedByStatus, ownedInStatus } from './status-memory.ts';

/** What is wrong, in words. */
export function wordsOf(problems: readonly Problem[]): string {
  const problem = problems.find(({ severity }) => severity === 'error');
  const place = problem === undefined ? '' : `${formatPath(problem.path)}: `;
  return `${place}${problem?.message ?? 'it does not fit the schema that this controller knows'}`;
}

/** The annotations but for those that are wrong; undefined when something else is wrong as well. */
export function withoutInvalid(
  annotations: Readonly<Record<string, string>> = {},
  problems: readonly Problem[],
): Record<string, string> | undefined {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (!errors.every(({ path }) => path[0] === 'metadata' && path[1] === 'annotations')) return undefined;
  const wrong = new Set(errors.map(({ path }) => path[2]));
  // What is wrong with all of them together leaves none.
  if (wrong.has(undefined)) return {};
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !wrong.has(name)));
}

/** What the object last validly said; undefined when nobody has read that. What it permits counts as it stands there now. */
export function lastValid(
  object: BindingObject,
  { invalid, before }: { readonly invalid: string; readonly before: Binding | undefined },
): Binding | undefined {
  const { origin } = identityOf(object);
  const isSame =
    before?.origin.kind === 'kubernetes' && origin.kind === 'kubernetes' && before.origin.uid === origin.uid;
  if (!isSame || before.inForce === 'ownership') return undefined;
  const { reconcileRequest: _, approvedPlan: __, inForce: ___, ...kept } = before;
  const { emergency: ____, refusedEmergency: _____, ...rest } = kept;
  return { ...rest, ...wishesIn(object.metadata.annotations), origin, invalid };
}

/** A binding that keeps what its status says it owns, and what it omits. Mode and policy count once it is deleted, as far as they can be read. */
export function ownershipOf(object: BindingObject, invalid: string): Binding {
  const { finalizers = [] } = object.metadata;
  const { mode, suspend, suspendUntil, deletionPolicy }: Record<string, unknown> = { ...object.spec };
  const untilMs = typeof suspendUntil === 'string' ? instantMs(suspendUntil) : Number.NaN;
  const restores = deletionPolicy === 'Restore' || finalizers.includes(RESTORE_FINALIZER);
  return {
    ...identityOf(object),
    scope: scopeOfObject(object),
    instanceIds: [...ownedInStatus(object), ...omittedByStatus(object)],
    sgIds: [],
    mode: mode === 'Observe' ? 'Observe' : 'Enforce',
    suspend: suspend === true,
    ...(Number.isNaN(untilMs) ? {} : { suspendUntilMs: untilMs }),
    ...(restores ? { deletionPolicy: 'Restore' } : {}),
    invalid,
    inForce: 'ownership',
  };
}

/** An object with the policy that is in force, where its binding has one that the object does not say. */
export function withPolicyInForce(object: BindingObject, binding: Binding | undefined): BindingObject {
  if (binding?.invalid === undefined) return object;
  return { ...object, spec: { ...object.spec, deletionPolicy: binding.deletionPolicy ?? 'Retain' } };
}
