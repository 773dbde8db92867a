import type { ActionContext, ActionSpec } from '../action.ts';
import { checkInstanceIds } from '../apply-lists.ts';
import { type Failure, invalidParameter, type Outcome, refuse } from '../failures.ts';
import { checkInstanceFilters, filterInstances } from './instance-filters.ts';
import { instanceItem } from './instance-item.ts';
import { type Filter, filtersOf, integerOf, stringsOf, type TypedParams } from './parameters.ts';

/** Most ids of one call; also the largest page. */
const MAX_INSTANCES = 100;
const DEFAULT_LIMIT = 20;

/** CVM `DescribeInstances`, version 2017-03-12: by ids or by filters, in pages. Unknown ids are left out of the answer. */
export const describeInstances: ActionSpec = {
  service: 'cvm',
  version: '2017-03-12',
  parameters: { InstanceIds: 'strings', Filters: 'filters', Offset: 'integer', Limit: 'integer' },
  required: [],
  run: (context) => describe(context, context.params.values),
};

function describe(context: ActionContext, values: TypedParams): Outcome {
  const ids = stringsOf(values, 'InstanceIds') ?? [];
  const filters = filtersOf(values, 'Filters') ?? [];
  const offset = integerOf(values, 'Offset') ?? 0;
  const limit = integerOf(values, 'Limit') ?? DEFAULT_LIMIT;
  const refused = check(ids, filters, { offset, limit }) ?? checkInstanceFilters(context.state, filters);
  if (refused !== null) return refuse(refused);
  const found =
    ids.length > 0
      ? ids.flatMap((id) => context.state.find(id, context.account, context.region) ?? [])
      : filterInstances(context.state, context.state.visibleTo(context.account, context.region), filters);
  const page = found.slice(offset, offset + limit);
  return {
    ok: true,
    body: {
      TotalCount: found.length,
      InstanceSet: page.map((instance) => instanceItem(instance, context.state.visibleList(instance))),
    },
  };
}

function check(
  ids: readonly string[],
  filters: readonly Filter[],
  page: { offset: number; limit: number },
): Failure | null {
  if (ids.length > 0 && filters.length > 0) {
    return invalidParameter(
      'InvalidParameter',
      '`InstanceIds` and `Filters` can not be specified at the same time.',
    );
  }
  if (ids.length > 0) {
    const refused = checkInstanceIds(ids, MAX_INSTANCES);
    if (refused !== null) return refused;
  }
  if (page.offset < 0)
    return invalidParameter('InvalidParameterValue.Range', '`Offset` must not be negative.');
  if (page.limit < 1 || page.limit > MAX_INSTANCES) {
    return invalidParameter('InvalidParameterValue.Range', `\`Limit\` must be from 1 to ${MAX_INSTANCES}.`);
  }
  return null;
}
