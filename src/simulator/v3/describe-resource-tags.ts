import type { ActionContext, ActionSpec } from '../action.ts';
import { invalidParameter, type Outcome, refuse } from '../failures.ts';
import { longRegion } from '../regions.ts';
import { integerOf, stringsOf, textOf } from './parameters.ts';

const MAX_RESOURCES = 50;
const DEFAULT_LIMIT = 15;

/** TAG `DescribeResourceTagsByResourceIds`, version 2018-08-13: the tags of instances and security groups. Other kinds of resources have none here. */
export const describeResourceTagsByResourceIds: ActionSpec = {
  service: 'tag',
  version: '2018-08-13',
  parameters: {
    ServiceType: 'string',
    ResourcePrefix: 'string',
    ResourceIds: 'strings',
    ResourceRegion: 'string',
    Offset: 'integer',
    Limit: 'integer',
    Category: 'string',
  },
  required: ['ServiceType', 'ResourcePrefix', 'ResourceIds', 'ResourceRegion'],
  run: describe,
};

function describe(context: ActionContext): Outcome {
  const values = context.params.values;
  const ids = stringsOf(values, 'ResourceIds') ?? [];
  const offset = integerOf(values, 'Offset') ?? 0;
  const limit = integerOf(values, 'Limit') ?? DEFAULT_LIMIT;
  const kind = `${textOf(values, 'ServiceType') ?? ''}/${textOf(values, 'ResourcePrefix') ?? ''}`;
  if (ids.length > MAX_RESOURCES) {
    const message = `At most \`${MAX_RESOURCES}\` resources can be given, got \`${ids.length}\`.`;
    return refuse(invalidParameter('LimitExceeded.ResourceNumPerRequest', message));
  }
  if (limit < 1 || offset < 0 || offset % limit !== 0) {
    const message = `The offset \`${offset}\` must be a multiple of the limit \`${limit}\`.`;
    return refuse(invalidParameter('InvalidParameterValue.OffsetInvalid', message));
  }
  const region = longRegion(textOf(values, 'ResourceRegion') ?? '');
  const tags =
    textOf(values, 'Category') === 'System'
      ? []
      : ids.flatMap((id) =>
          Object.entries(tagsOf(context, { kind, id, region })).map((tag) => tagItem(id, tag)),
        );
  return {
    ok: true,
    body: { TotalCount: tags.length, Offset: offset, Limit: limit, Tags: tags.slice(offset, offset + limit) },
  };
}

function tagsOf(
  { state, account }: ActionContext,
  resource: { readonly kind: string; readonly id: string; readonly region: string },
): Readonly<Record<string, string>> {
  const { kind, id, region } = resource;
  switch (kind) {
    case 'cvm/instance':
      return state.find(id, account, region)?.tags ?? {};
    case 'cvm/sg':
      return state.groups(account, region).find((it) => it.securityGroupId === id)?.tags ?? {};
    default:
      return {};
  }
}

function tagItem(id: string, [TagKey, TagValue]: readonly [string, string]): Record<string, unknown> {
  return { TagKey, TagValue, ResourceId: id, ServiceType: 'cvm', Category: 'Custom' };
}
