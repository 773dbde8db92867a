import type { ActionContext, ActionSpec } from '../action.ts';
import { applyLists, checkInstanceIds } from '../apply-lists.ts';
import { instanceNotFound, invalidParameter, missingParameter, type Outcome, refuse } from '../failures.ts';
import type { SimulatedInstance } from '../instance.ts';
import { stringsOf, textOf } from './parameters.ts';

const MAX_INSTANCES = 100;
/** Most characters of a name that this action gives, and most bytes of user data. */
const MAX_NAME_LENGTH = 60;
const MAX_USER_DATA_BYTES = 16 * 1024;

/** The attributes that one request may change, one of them at a time. */
const ATTRIBUTES = [
  'InstanceName',
  'SecurityGroups',
  'UserData',
  'CamRoleName',
  'HostName',
  'DisableApiTermination',
] as const;

interface TextRule {
  readonly isFine: (text: string) => boolean;
  /** The code of a text that is not. */
  readonly code: string;
  readonly field: 'instanceName' | 'userData' | 'camRoleName' | 'hostName';
}

/** The attributes that are text, as the vendor documents them. */
const TEXTS: Readonly<Record<'InstanceName' | 'UserData' | 'CamRoleName' | 'HostName', TextRule>> = {
  InstanceName: {
    isFine: (text) => [...text].length <= MAX_NAME_LENGTH,
    code: 'InvalidInstanceName.TooLong',
    field: 'instanceName',
  },
  UserData: {
    isFine: (text) =>
      text.length % 4 === 0 &&
      /^[A-Za-z0-9+/]*={0,2}$/.test(text) &&
      Buffer.byteLength(text, 'base64') <= MAX_USER_DATA_BYTES,
    code: 'InvalidParameterValue.InvalidUserDataFormat',
    field: 'userData',
  },
  // Empty takes the role away.
  CamRoleName: {
    isFine: (text) => /^[\w+=,.@-]{0,128}$/.test(text),
    code: 'InvalidParameterValue.CamRoleNameMalformed',
    field: 'camRoleName',
  },
  HostName: {
    isFine: (text) => /^(?=.{2,60}$)[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$/.test(text),
    code: 'InvalidParameterValue.IllegalHostName',
    field: 'hostName',
  },
};

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
    case 'UserData':
    case 'CamRoleName':
    case 'HostName': {
      const text = textOf(values, attribute) ?? '';
      const { isFine, code, field } = TEXTS[attribute];
      if (isFine(text)) return patch(context, instanceIds, { [field]: text });
      return refuse(invalidParameter(code, `The value of \`${attribute}\` is not valid.`));
    }
    case 'DisableApiTermination':
      return patch(context, instanceIds, { disableApiTermination: values.DisableApiTermination === true });
  }
}

type Attributes = Partial<
  Pick<SimulatedInstance, 'instanceName' | 'userData' | 'camRoleName' | 'hostName' | 'disableApiTermination'>
>;

function patch(context: ActionContext, instanceIds: readonly string[], attributes: Attributes): Outcome {
  const missing = instanceIds.filter(
    (id) => context.state.find(id, context.account, context.region) === undefined,
  );
  if (missing.length > 0) return refuse(instanceNotFound(missing));
  for (const id of instanceIds) context.state.patch(id, attributes);
  return { ok: true, body: {} };
}
