import { isSecurityGroupId } from '../../api/ids.ts';
import type { ActionContext, ActionSpec } from '../action.ts';
import { applyLists, checkInstanceIds, type ListWrite } from '../apply-lists.ts';
import { groupNotFound, instanceNotFound, invalidParameter, type Outcome, refuse } from '../failures.ts';
import { stringsOf } from './parameters.ts';

const MAX_INSTANCES = 100;

const SHAPE = {
  service: 'cvm',
  version: '2017-03-12',
  parameters: { InstanceIds: 'strings', SecurityGroupIds: 'strings' },
  required: ['SecurityGroupIds', 'InstanceIds'],
} as const;

/** CVM `AssociateSecurityGroups`: appends one group to the lists of up to 100 instances. */
export const associateSecurityGroups: ActionSpec = {
  ...SHAPE,
  run: (context) => change(context, (list, group) => (list.includes(group) ? list : [...list, group])),
};

/** CVM `DisassociateSecurityGroups`: takes one group out of the lists of up to 100 instances. */
export const disassociateSecurityGroups: ActionSpec = {
  ...SHAPE,
  run: (context) => change(context, (list, group) => list.filter((id) => id !== group)),
};

type ListChanger = (list: readonly string[], group: string) => readonly string[];

function change(context: ActionContext, changed: ListChanger): Outcome {
  const values = context.params.values;
  const instanceIds = stringsOf(values, 'InstanceIds') ?? [];
  const groups = stringsOf(values, 'SecurityGroupIds') ?? [];
  const [group] = groups;
  if (group === undefined || groups.length > 1) {
    const message = `Exactly one security group can be given, got \`${groups.length}\`.`;
    return refuse(invalidParameter('InvalidParameterValue.LimitExceeded', message));
  }
  const refused = checkInstanceIds(instanceIds, MAX_INSTANCES);
  if (refused !== null) return refuse(refused);
  if (!isSecurityGroupId(group)) {
    return refuse(
      invalidParameter('InvalidSgId.Malformed', `The security group id \`${group}\` is malformed.`),
    );
  }
  if (!context.state.hasGroup(group, context.account, context.region)) return refuse(groupNotFound([group]));
  const writes: ListWrite[] = [];
  const missing: string[] = [];
  for (const instanceId of instanceIds) {
    const instance = context.state.find(instanceId, context.account, context.region);
    if (instance === undefined) missing.push(instanceId);
    else writes.push({ instanceId, list: changed(instance.securityGroupIds, group) });
  }
  if (missing.length > 0) return refuse(instanceNotFound(missing));
  const failure = applyLists(context, writes);
  return failure === null ? { ok: true, body: {} } : refuse(failure);
}
