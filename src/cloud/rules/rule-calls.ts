/** The single calls that read rules and templates; each is made once and never repeated. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { GroupRules, TemplateKind } from '../../core/firewall/rules.ts';
import type { CloudResult, Page, UnnamedRow } from '../../ports/cloud.ts';

/** Rules that were read. */
export type KnownRules = Exclude<GroupRules, { readonly unreadable: string }>;

/** A template, or a group of templates; `members` are texts of the cloud or ids. */
export interface Template {
  readonly id: string;
  readonly members: readonly string[];
}

export interface GroupRulesCall {
  /** The vendor's name of the call, which the quota counts by. */
  readonly action: string;
  /** All rules of one group, in order. */
  read(sgId: SecurityGroupId, signal: AbortSignal): Promise<CloudResult<KnownRules>>;
}

export interface TemplatesCall {
  readonly action: string;
  /** One page of all templates of a region, from `offset` on. */
  page(offset: number, signal: AbortSignal): Promise<CloudResult<Page<Template | UnnamedRow>>>;
}

/** By the group that is named. */
export type Referrers = ReadonlyMap<SecurityGroupId, readonly SecurityGroupId[]>;

export interface ReferrersCall {
  readonly action: string;
  /** The groups whose rules name these ones, at most {@link MAX_REFERRED}; a group that is not there fails all. */
  read(sgIds: readonly SecurityGroupId[], signal: AbortSignal): Promise<CloudResult<Referrers>>;
}

/** No document limits how many groups one call may ask about; this is the limit of its siblings. */
export const MAX_REFERRED = 100;

export interface RuleCalls {
  readonly groupRules: GroupRulesCall;
  readonly referrers: ReferrersCall;
  readonly templates: Readonly<Record<TemplateKind, TemplatesCall>>;
}
