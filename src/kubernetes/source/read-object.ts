/** From an object of the API server to a binding. */

import { approvalText } from '../../api/approval.ts';
import type { CvmSecurityGroupBinding } from '../../api/binding.generated.ts';
import { API_VERSION, KIND } from '../../api/resource.ts';
import { bindingOf } from '../../core/binding-of.ts';
import type { Binding } from '../../core/model.ts';
import { checkBinding } from '../../documents/binding-check.ts';
import { type BindingObject, identityOf, requests, scopeOfObject } from './binding-object.ts';
import { lastValid, ownershipOf, withoutInvalid, wordsOf } from './invalid-object.ts';

/**
 * The binding of an object. The server has judged it already; what an older or newer schema let through, and what no
 * schema looks at, is judged again here. What stays in force of one that is not valid, see {@link Binding.inForce}.
 * @param before the binding that was read of the object before.
 */
export function readBindingObject(object: BindingObject, before?: Binding): Binding {
  const binding = inForce(object, before);
  const { approvedPlan } = binding;
  if (approvedPlan === undefined || approvalText(approvedPlan) !== object.status?.lastHandledApproval) {
    return binding;
  }
  return { ...binding, approvedPlan: { ...approvedPlan, handled: true } };
}

function inForce(object: BindingObject, before: Binding | undefined): Binding {
  const { annotations } = object.metadata;
  const { binding, problems } = check(object, requests(annotations).annotations);
  if (binding !== undefined) return declared(object, binding);
  const invalid = wordsOf(problems);
  const sound = withoutInvalid(annotations, problems);
  const spec = sound && check(object, requests(sound).annotations).binding;
  if (spec !== undefined) return { ...declared(object, spec), invalid, inForce: 'spec' };
  return lastValid(object, { invalid, before }) ?? ownershipOf(object, invalid);
}

/** Whether a binding is of this very object and of its present spec. */
export function isMadeFrom(
  { origin }: Binding,
  { metadata: { uid = '', generation = 0 } }: BindingObject,
): boolean {
  return origin.kind === 'kubernetes' && origin.uid === uid && origin.generation === generation;
}

function check(object: BindingObject, annotations: Readonly<Record<string, string>> | undefined) {
  const { apiVersion = API_VERSION, kind = KIND, spec } = object;
  const { name, namespace = 'default' } = object.metadata;
  const metadata = { name, namespace, ...(annotations === undefined ? {} : { annotations }) };
  // A copy, because objects share what they have in common; of what came as JSON this is the fastest one.
  return checkBinding(JSON.parse(JSON.stringify({ apiVersion, kind, metadata, spec })) as object);
}

function declared(object: BindingObject, resource: CvmSecurityGroupBinding): Binding {
  const { origin, createdAt, ...identity } = identityOf(object);
  const { account } = scopeOfObject(object);
  const made = bindingOf(resource, { origin, account, ...(createdAt === undefined ? {} : { createdAt }) });
  // The lists of the object itself: a large fleet keeps each once.
  const lists = { sgIds: object.spec.sgIds, instanceIds: object.spec.instanceIds ?? [] };
  return { ...made, ...(lists as Pick<Binding, 'sgIds' | 'instanceIds'>), ...identity };
}
