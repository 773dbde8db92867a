/** VPC listings of templates and of groups of templates: by filters, in pages; `Offset` and `Limit` are text. */
import type { ActionContext, ActionSpec, ParameterType } from '../action.ts';
import { invalidParameter, type Outcome, refuse } from '../failures.ts';
import { type FleetTemplate, type FleetTemplates, GROUP_CREATED_TIME } from '../fleet.ts';
import { checkFilters, type FilterFields, passesFilters } from './filters.ts';
import { filtersOf, textOf } from './parameters.ts';
import { textPage } from './text-page.ts';

const FILTERS = {
  limits: { filters: 10, values: 5 },
  codes: {
    unknown: 'InvalidParameter.FilterInvalidKey',
    tooManyFilters: 'LimitExceeded.NumberOfFilters',
    tooManyValues: 'InvalidParameterValue.LimitExceeded',
  },
};

interface Listing {
  readonly kind: keyof FleetTemplates;
  /** `AddressTemplate` in `AddressTemplateSet`, `AddressTemplateId`, `AddressTemplateName`. */
  readonly noun: string;
  /** `address-template` in the names of filters. */
  readonly filter: string;
  /** The filter that looks into the members. */
  readonly memberFilter?: string;
  readonly item: (template: FleetTemplate, all: FleetTemplates) => Record<string, unknown>;
}

const createdTime = ({ createdTime: time }: FleetTemplate): string => time ?? GROUP_CREATED_TIME;

const LISTINGS: readonly Listing[] = [
  {
    kind: 'addressTemplates',
    noun: 'AddressTemplate',
    filter: 'address-template',
    memberFilter: 'address-ip',
    item: (template) => ({
      AddressSet: template.members,
      AddressExtraSet: template.members.map((Address) => ({ Address, ...extra(template) })),
    }),
  },
  {
    kind: 'addressTemplateGroups',
    noun: 'AddressTemplateGroup',
    filter: 'address-template-group',
    item: (group) => ({
      AddressTemplateIdSet: group.members,
      AddressTemplateSet: group.members.map((AddressTemplateId) => ({ AddressTemplateId, ...extra(group) })),
    }),
  },
  {
    kind: 'serviceTemplates',
    noun: 'ServiceTemplate',
    filter: 'service-template',
    memberFilter: 'service-port',
    item: serviceMembers,
  },
  {
    kind: 'serviceTemplateGroups',
    noun: 'ServiceTemplateGroup',
    filter: 'service-template-group',
    item: ({ members }, { serviceTemplates = [] }) => ({
      ServiceTemplateIdSet: members,
      ServiceTemplateSet: serviceTemplates
        .filter(({ templateId }) => members.includes(templateId))
        .map((template) => ({ ...common('ServiceTemplate', template), ...serviceMembers(template) })),
    }),
  },
];

function serviceMembers(template: FleetTemplate): Record<string, unknown> {
  return {
    ServiceSet: template.members,
    ServiceExtraSet: template.members.map((Service) => ({ Service, ...extra(template) })),
  };
}

function extra(template: FleetTemplate): Record<string, unknown> {
  return { Description: '', UpdatedTime: createdTime(template) };
}

function common(noun: string, template: FleetTemplate): Record<string, unknown> {
  return {
    [`${noun}Id`]: template.templateId,
    [`${noun}Name`]: template.name ?? '',
    CreatedTime: createdTime(template),
    UpdatedTime: createdTime(template),
    TagSet: [],
  };
}

const PARAMETERS: Readonly<Record<string, ParameterType>> = {
  Filters: 'filters',
  Offset: 'string',
  Limit: 'string',
  NeedMemberInfo: 'boolean',
  OrderField: 'string',
  OrderDirection: 'string',
};

/** By action name. */
export const TEMPLATE_LISTINGS: readonly (readonly [string, ActionSpec])[] = LISTINGS.map((listing) => [
  `Describe${listing.noun}s`,
  {
    service: 'vpc',
    version: '2017-03-12',
    parameters: PARAMETERS,
    required: [],
    run: (context) => list(listing, context),
  },
]);

function list(listing: Listing, context: ActionContext): Outcome {
  const { params, state, region } = context;
  const fields = filterFields(listing);
  const filters = filtersOf(params.values, 'Filters') ?? [];
  const page = textPage(params.values);
  if (page === null) {
    return refuse(invalidParameter('InvalidParameterValue.Range', '`Offset` or `Limit` is out of range.'));
  }
  const refused = checkFilters(filters, fields, FILTERS);
  if (refused !== null) return refuse(refused);
  const order = orderOf(textOf(params.values, 'OrderField'), textOf(params.values, 'OrderDirection'));
  if (!order.ok) return order;
  const templates = state.templates(region);
  const found = (templates[listing.kind] ?? [])
    .filter((template) => passesFilters(template, filters, fields))
    .toSorted(order.compare);
  return {
    ok: true,
    body: {
      TotalCount: found.length,
      [`${listing.noun}Set`]: found
        .slice(page.offset, page.offset + page.limit)
        .map((template) => ({ ...common(listing.noun, template), ...listing.item(template, templates) })),
    },
  };
}

function filterFields({ filter, memberFilter }: Listing): FilterFields<FleetTemplate> {
  return {
    fields: {
      [`${filter}-id`]: ({ templateId }) => [templateId],
      [`${filter}-name`]: ({ name }) => [name ?? ''],
      ...(memberFilter === undefined ? {} : { [memberFilter]: ({ members }: FleetTemplate) => members }),
    },
    tagsOf: () => ({}),
  };
}

type Order =
  | { readonly ok: true; readonly compare: (left: FleetTemplate, right: FleetTemplate) => number }
  | Extract<Outcome, { readonly ok: false }>;

/** Without a field the templates stay in the order in which the fleet has them. */
function orderOf(field: string | undefined, direction = 'ASC'): Order {
  if (direction !== 'ASC' && direction !== 'DESC') {
    const message = `The OrderDirection \`${direction}\` is not supported.`;
    return refuse(invalidParameter('InvalidParameterValue', message));
  }
  if (field !== undefined && field !== 'CreatedTime' && field !== 'UpdatedTime') {
    return refuse(invalidParameter('InvalidParameterValue', `The OrderField \`${field}\` is not supported.`));
  }
  const sign = direction === 'ASC' ? 1 : -1;
  return {
    ok: true,
    compare: (left, right) =>
      field === undefined ? 0 : sign * (Date.parse(createdTime(left)) - Date.parse(createdTime(right))),
  };
}
