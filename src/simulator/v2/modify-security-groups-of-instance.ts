import type { ActionContext } from '../action.ts';
import { applyLists, checkInstanceIds } from '../apply-lists.ts';
import { type Outcome, refuse } from '../failures.ts';
import { readInstanceSet } from './read-form.ts';

const MAX_INSTANCES = 20;

/** `dfw` ModifySecurityGroupsOfInstance: replaces the whole ordered list of up to 20 instances, each with its own. */
export function modifySecurityGroupsOfInstance(context: ActionContext): Outcome {
  const read = readInstanceSet(context.params.values);
  if (!read.ok) return refuse(read.failure);
  const refused = checkInstanceIds(
    read.value.map((item) => item.instanceId),
    MAX_INSTANCES,
  );
  if (refused !== null) return refuse(refused);
  const failure = applyLists(context, read.value);
  return failure === null ? { ok: true, body: {} } : refuse(failure);
}
