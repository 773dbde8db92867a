/**
 * Rules and templates of VPC 2017-03-12 (vendor documents "DescribeSecurityGroupPolicies",
 * "DescribeSecurityGroupReferences", "DescribeAddressTemplates", "DescribeAddressTemplateGroups",
 * "DescribeServiceTemplates" and "DescribeServiceTemplateGroups").
 */
import { isSecurityGroupId, type SecurityGroupId } from '../../api/ids.ts';
import type { TemplateKind } from '../../core/firewall/rules.ts';
import { type CloudResult, MAX_PAGE, type Page, type UnnamedRow } from '../../ports/cloud.ts';
import type { Endpoints } from '../endpoint.ts';
import { foreignReply } from '../generation-client.ts';
import { readPage } from '../page.ts';
import { type Accepted, isRecord, type Refusal, unreadable } from '../reply.ts';
import type { KnownRules, Referrers, RuleCalls, Template, TemplatesCall } from '../rules/rule-calls.ts';
import { placedRules, type RuleShape, textsOf, UnreadableRule } from '../rules/rule-calls.ts';
import { type CallContext, callOnce } from '../signed-call.ts';
import { type VpcCall, vpcPlan } from './vpc-plan.ts';

/** How a listing of templates is asked and answered. */
interface TemplateListing {
  readonly action: string;
  readonly rows: string;
  readonly id: string;
  readonly members: string;
}

const LISTINGS: Readonly<Record<TemplateKind, TemplateListing>> = {
  addressTemplates: listing('AddressTemplate', 'AddressSet'),
  addressTemplateGroups: listing('AddressTemplateGroup', 'AddressTemplateIdSet'),
  serviceTemplates: listing('ServiceTemplate', 'ServiceSet'),
  serviceTemplateGroups: listing('ServiceTemplateGroup', 'ServiceTemplateIdSet'),
};

function listing(noun: string, members: string): TemplateListing {
  return { action: `Describe${noun}s`, rows: `${noun}Set`, id: `${noun}Id`, members };
}

const RULES_ACTION = 'DescribeSecurityGroupPolicies';
const REFERENCES_ACTION = 'DescribeSecurityGroupReferences';

export class RulesClient implements RuleCalls {
  readonly groupRules = {
    action: RULES_ACTION,
    read: (sgId: SecurityGroupId, signal: AbortSignal) =>
      this.#call({ action: RULES_ACTION, parameters: { SecurityGroupId: sgId }, read: readRules }, signal),
  };
  readonly referrers: RuleCalls['referrers'] = {
    action: REFERENCES_ACTION,
    read: (sgIds, signal) =>
      this.#call(
        {
          action: REFERENCES_ACTION,
          parameters: { SecurityGroupIds: sgIds },
          read: (reply) => readReferrers(reply, sgIds),
        },
        signal,
      ),
  };
  readonly templates: RuleCalls['templates'] = {
    addressTemplates: this.#listing('addressTemplates'),
    addressTemplateGroups: this.#listing('addressTemplateGroups'),
    serviceTemplates: this.#listing('serviceTemplates'),
    serviceTemplateGroups: this.#listing('serviceTemplateGroups'),
  };
  readonly #context: CallContext;
  readonly #baseUrl: string;

  constructor(context: CallContext, endpoints: Endpoints) {
    this.#context = context;
    this.#baseUrl = endpoints.v3Vpc;
  }

  #listing(kind: TemplateKind): TemplatesCall {
    const { action } = LISTINGS[kind];
    return {
      action,
      page: (offset, signal) => {
        // The vendor has both numbers as text here.
        const parameters = { Offset: String(offset), Limit: String(MAX_PAGE) };
        return this.#call(
          { action, parameters, read: (reply) => readTemplates(reply, LISTINGS[kind], offset) },
          signal,
        );
      },
    };
  }

  #call<T>(call: VpcCall<T>, signal: AbortSignal): Promise<CloudResult<T>> {
    return callOnce(this.#context, vpcPlan(this.#context, this.#baseUrl, call), signal);
  }
}

type Read<T> = { readonly ok: true; readonly value: T } | Refusal;

function readRules({ envelope, payload }: Accepted): Read<KnownRules> {
  if (envelope !== 'response') return foreignReply('a read');
  const set = payload.SecurityGroupPolicySet;
  if (!isRecord(set)) return unreadable('the answer has no SecurityGroupPolicySet');
  try {
    const [ingress, egress] = ['Ingress', 'Egress'].map((list) => placedRules(set[list], list, RULE));
    return {
      ok: true,
      value: { ingress: ingress ?? [], egress: egress ?? [], ...versionOf(set.Version) },
    };
  } catch (error) {
    if (error instanceof UnreadableRule) return unreadable(error.message);
    throw error;
  }
}

function versionOf(version: unknown): Pick<KnownRules, 'version'> {
  return typeof version === 'string' && version !== '' ? { version } : {};
}

/** A group that no rule names may have no row. */
function readReferrers({ envelope, payload }: Accepted, sgIds: readonly SecurityGroupId[]): Read<Referrers> {
  if (envelope !== 'response') return foreignReply('a read');
  const rows = payload.ReferredSecurityGroupSet;
  if (!Array.isArray(rows)) return unreadable('the answer has no ReferredSecurityGroupSet');
  const referrers = new Map<SecurityGroupId, readonly SecurityGroupId[]>();
  for (const row of rows) {
    const sgId = isRecord(row) ? row.SecurityGroupId : undefined;
    const asked = sgIds.find((one) => one === sgId);
    if (asked === undefined) return unreadable('a row is of no group that was asked for');
    if (referrers.has(asked)) return unreadable(`${asked} has two rows`);
    const ids = isRecord(row) ? row.ReferredSecurityGroupIds : undefined;
    if (!Array.isArray(ids) || !ids.every(isGroupId)) {
      return unreadable(`${asked} has no usable ReferredSecurityGroupIds`);
    }
    referrers.set(asked, ids);
  }
  return { ok: true, value: new Map(sgIds.map((sgId) => [sgId, referrers.get(sgId) ?? []])) };
}

function isGroupId(value: unknown): value is SecurityGroupId {
  return typeof value === 'string' && isSecurityGroupId(value);
}

const RULE: RuleShape = {
  index: 'PolicyIndex',
  action: 'Action',
  read: (row) => ({
    ...textsOf(row, {
      protocol: 'Protocol',
      port: 'Port',
      cidrBlock: 'CidrBlock',
      ipv6CidrBlock: 'Ipv6CidrBlock',
      securityGroupId: 'SecurityGroupId',
    }),
    ...templateOf(row.ServiceTemplate, 'serviceTemplate', ['ServiceId', 'ServiceGroupId']),
    ...templateOf(row.AddressTemplate, 'addressTemplate', ['AddressId', 'AddressGroupId']),
  }),
};

/** A template or a group of them, never both. */
function templateOf<Name extends string>(
  value: unknown,
  name: Name,
  [one, group]: readonly [string, string],
): Partial<Record<Name, string>> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw new UnreadableRule('a rule has a template that is no object');
  const ids = Object.values(textsOf(value, { one, group }));
  if (ids.length > 1) throw new UnreadableRule(`a rule has both a ${one} and a ${group}`);
  const texts: Partial<Record<Name, string>> = {};
  const [id] = ids;
  if (id !== undefined) texts[name] = id;
  return texts;
}

function readTemplates(
  { envelope, payload }: Accepted,
  { rows, id, members }: TemplateListing,
  offset: number,
): Read<Page<Template | UnnamedRow>> {
  if (envelope !== 'response') return foreignReply('a read');
  const page = readPage<Template | UnnamedRow>(payload, {
    rows,
    offset,
    read: (row) => readTemplate(row, { id, members }),
    idOf: (template) => ('id' in template ? template.id : undefined),
  });
  return page.ok ? { ok: true, value: page.page } : unreadable(page.message);
}

/** A template that cannot be used is one of which nothing is known; the others of its page are as good as ever. */
function readTemplate(row: unknown, fields: Pick<TemplateListing, 'id' | 'members'>): Template | UnnamedRow {
  const id = isRecord(row) ? row[fields.id] : undefined;
  const members = isRecord(row) ? row[fields.members] : undefined;
  if (typeof id !== 'string' || id === '') return { unreadable: `a row without a ${fields.id}` };
  return Array.isArray(members) && members.every((member) => typeof member === 'string')
    ? { id, members }
    : { unreadable: `"${id}" has no usable ${fields.members}` };
}
