import type { ActionContext, ActionSpec } from '../action.ts';
import { checkInstanceIds } from '../apply-lists.ts';
import { instanceNotFound, invalidParameter, type Outcome, refuse } from '../failures.ts';
import { stringsOf } from './parameters.ts';

const MAX_INSTANCES = 100;

/** CVM `DescribeInstancesAttributes`, version 2017-03-12: the user data of instances. */
export const describeInstancesAttributes: ActionSpec = {
  service: 'cvm',
  version: '2017-03-12',
  parameters: { Attributes: 'strings', InstanceIds: 'strings' },
  required: ['Attributes', 'InstanceIds'],
  run: describe,
};

function describe({ params, state, account, region }: ActionContext): Outcome {
  const ids = stringsOf(params.values, 'InstanceIds') ?? [];
  const unknown = (stringsOf(params.values, 'Attributes') ?? []).find((name) => name !== 'UserData');
  if (unknown !== undefined) {
    const message = `The attribute \`${unknown}\` is not supported; the attributes are \`UserData\`.`;
    return refuse(invalidParameter('InvalidParameterValue', message));
  }
  const refused = checkInstanceIds(ids, MAX_INSTANCES);
  if (refused !== null) return refuse(refused);
  const missing = ids.filter((id) => state.find(id, account, region) === undefined);
  if (missing.length > 0) return refuse(instanceNotFound(missing));
  const found = ids.flatMap((id) => state.find(id, account, region) ?? []);
  return {
    ok: true,
    body: {
      InstanceSet: found.map(({ instanceId, userData }) => ({
        InstanceId: instanceId,
        Attributes: { UserData: userData },
      })),
    },
  };
}
