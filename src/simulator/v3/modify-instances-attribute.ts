import type { ActionContext, ActionSpec } from '../action.ts';
import { applyLists, checkInstanceIds } from '../apply-lists.ts';
import { instanceNotFound, invalidParameter, missingParameter, type Outcome, refuse } from '../failures.ts';
import { stringsOf, textOf } from './parameters.ts';

const MAX_INSTANCES = 100;

/** The attributes that one request may change, one of them at a time. */
const ATTRIBUTES = ['InstanceName', 'SecurityGroups', 'UserData', 'CamRoleName', 'HostName'] as const;

/** CVM `ModifyInstancesAttribute`: `SecurityGroups` replaces the whole ordered list of every named instance. */
export const modifyInstancesAttribute: ActionSpec = {
  service: 'cvm',
  version: '2017-03-12',
  parameters: {
    InstanceIds: 'strings',
    InstanceName: 'string',
    SecurityGroups: 'strings',
    UserData: 'string',
    CamRoleName: 'string',
    CamRoleType: 'string',
    HostName: 'string',
    DisableApiTermination: 'boolean',
    AutoReboot: 'boolean',
    EnableJumboFrame: 'boolean',
  },
  required: ['InstanceIds'],
  run: modify,
};

function modify(context: ActionContext): Outcome {
  const values = context.params.values;
  const instanceIds = stringsOf(values, 'InstanceIds') ?? [];
  const given = ATTRIBUTES.filter((name) => values[name] !== undefined);
  const [attribute] = given;
  if (attribute === undefined) return refuse(missingParameter('SecurityGroups'));
  if (given.length > 1) {
    const message = `Only one attribute can be modified at a time, got \`${given.join('`, `')}\`.`;
    return refuse(invalidParameter('InvalidParameterCombination', message));
  }
  const refused = checkInstanceIds(instanceIds, MAX_INSTANCES);
  if (refused !== null) return refuse(refused);
  switch (attribute) {
    case 'SecurityGroups': {
      const list = stringsOf(values, 'SecurityGroups') ?? [];
      const failure = applyLists(
        context,
        instanceIds.map((instanceId) => ({ instanceId, list })),
      );
      return failure === null ? { ok: true, body: {} } : refuse(failure);
    }
    case 'InstanceName':
      return rename(context, instanceIds, textOf(values, 'InstanceName') ?? '');
    case 'UserData':
    case 'CamRoleName':
    case 'HostName':
      return refuse(
        invalidParameter(
          'UnsupportedOperation',
          `The simulator does not keep the attribute \`${attribute}\`.`,
        ),
      );
  }
}

function rename(context: ActionContext, instanceIds: readonly string[], instanceName: string): Outcome {
  const missing = instanceIds.filter(
    (id) => context.state.find(id, context.account, context.region) === undefined,
  );
  if (missing.length > 0) return refuse(instanceNotFound(missing));
  for (const id of instanceIds) context.state.patch(id, { instanceName });
  return { ok: true, body: {} };
}
