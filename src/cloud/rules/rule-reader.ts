/**
 * Reads the rules of groups, one call for each, and then the listings of those templates that they refer to. Each action
 * has a quota of its own, as in the cloud. What could not be read stays unknown, and all else is as good as ever.
 */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { GroupRules, TemplateKind } from '../../core/firewall/rules.ts';
import { referredKinds } from '../../core/firewall/rules.ts';
import { type CloudResult, MAX_PAGE } from '../../ports/cloud.ts';
import type {
  ReadRulesOptions,
  ReferrerReading,
  RuleReader,
  RuleReading,
  UnreadTemplates,
} from '../../ports/rules.ts';
import type { Clock } from '../../runtime/clock.ts';
import { QuotaBucket } from '../../runtime/quota-bucket.ts';
import type { Random } from '../../runtime/random.ts';
import { pacedCall } from '../paced-call.ts';
import { type KnownRules, MAX_REFERRED, type RuleCalls, type Template } from './rule-calls.ts';

export interface RuleReaderOptions {
  readonly calls: RuleCalls;
  readonly clock: Clock;
  readonly random: Random;
  /** Of each action. */
  readonly callsPerSecond: number;
}

/** Calls under way at once: enough to use the quota in spite of the time that a call travels. */
const CONCURRENCY = 8;
/** How often a listing may change while it is read. */
const LISTING_ATTEMPTS = 5;

const WORDS: Readonly<Record<TemplateKind, string>> = {
  addressTemplates: 'address templates',
  addressTemplateGroups: 'groups of address templates',
  serviceTemplates: 'service templates',
  serviceTemplateGroups: 'groups of service templates',
};

export class PacedRuleReader implements RuleReader {
  readonly #options: RuleReaderOptions;
  readonly #buckets = new Map<string, QuotaBucket>();

  constructor(options: RuleReaderOptions) {
    this.#options = options;
  }

  async readRules(
    sgIds: Iterable<SecurityGroupId>,
    signal: AbortSignal,
    { timeUp, listed }: ReadRulesOptions = {},
  ): Promise<RuleReading> {
    const ids = [...new Set(sgIds)];
    const ends = { signal, timeUp };
    const results = await this.#readGroups(ids, ends);
    const failure = failureOfAll([...results.values()]);
    if (failure !== undefined) return { ok: false, error: failure };
    const groups = new Map(ids.flatMap((sgId) => groupEntry(sgId, results.get(sgId))));
    const kinds = referredKinds(groups.values()).filter((kind) => !listed?.has(kind));
    const listings = await Promise.all(kinds.map((kind) => this.#list(kind, ends)));
    const templates = listings.flatMap((listing) => ('templates' in listing ? [listing] : []));
    return {
      ok: true,
      book: { groups, ...Object.fromEntries(templates.map(({ kind, templates: all }) => [kind, all])) },
      unread: listings.flatMap((listing) => ('unread' in listing ? [listing.unread] : [])),
    };
  }

  async readReferrers(
    sgIds: Iterable<SecurityGroupId>,
    signal: AbortSignal,
    { timeUp }: Pick<ReadRulesOptions, 'timeUp'> = {},
  ): Promise<ReferrerReading> {
    const ids = [...new Set(sgIds)];
    const { action, read } = this.#options.calls.referrers;
    const referrers = new Map<SecurityGroupId, readonly SecurityGroupId[]>();
    for (let from = 0; from < ids.length; from += MAX_REFERRED) {
      const batch = ids.slice(from, from + MAX_REFERRED);
      const result = await this.#paced(action, (inner) => read(batch, inner), { signal, timeUp });
      if (!result.ok) return { ok: false, reason: unreadText(result.error) };
      for (const [sgId, by] of result.value) referrers.set(sgId, by);
    }
    return { ok: true, referrers };
  }

  /** Stops early for a failure that every call of the scope meets. */
  async #readGroups(
    ids: readonly SecurityGroupId[],
    ends: Ends,
  ): Promise<Map<SecurityGroupId, CloudResult<KnownRules>>> {
    const { groupRules: call } = this.#options.calls;
    const results = new Map<SecurityGroupId, CloudResult<KnownRules>>();
    const waiting = [...ids];
    const work = async (): Promise<void> => {
      for (let sgId = waiting.shift(); sgId !== undefined; sgId = waiting.shift()) {
        const asked = sgId;
        const result = await this.#paced(call.action, (inner) => call.read(asked, inner), ends);
        results.set(asked, result);
        if (!result.ok && isOfScope(result.error)) waiting.length = 0;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return results;
  }

  async #list(kind: TemplateKind, ends: Ends): Promise<Listing> {
    for (let attempt = 0; attempt < LISTING_ATTEMPTS; attempt++) {
      const listed = await this.#listOnce(kind, ends);
      if (listed !== 'changed') return { kind, ...listed };
    }
    const reason = `the listing changed during each of ${LISTING_ATTEMPTS} attempts`;
    return { kind, unread: { kind, what: WORDS[kind], reason, passing: true } };
  }

  async #listOnce(
    kind: TemplateKind,
    ends: Ends,
  ): Promise<'changed' | { readonly unread: UnreadTemplates } | { readonly templates: Templates }> {
    const { action, page } = this.#options.calls.templates[kind];
    const templates = new Map<string, readonly string[]>();
    let total: number | undefined;
    for (let offset = 0; offset < (total ?? 1); offset += MAX_PAGE) {
      const result = await this.#paced(action, (inner) => page(offset, inner), ends);
      if (!result.ok) return { unread: { kind, what: WORDS[kind], ...unreadReason(result.error) } };
      total ??= result.value.total;
      const read = result.value.items.filter((item): item is Template => 'id' in item);
      // A template that is on two pages has pushed another one off both.
      if (result.value.total !== total || read.some(({ id }) => templates.has(id))) return 'changed';
      for (const { id, members } of read) templates.set(id, members);
    }
    return { templates };
  }

  async #paced<T>(
    action: string,
    call: (signal: AbortSignal) => Promise<CloudResult<T>>,
    { signal, timeUp }: Ends,
  ): Promise<CloudResult<T>> {
    if (timeUp?.aborted && !signal.aborted) return tooLate(action);
    const { clock, random, callsPerSecond } = this.#options;
    const bucket = this.#buckets.get(action) ?? new QuotaBucket({ limit: callsPerSecond });
    this.#buckets.set(action, bucket);
    const either = timeUp === undefined ? signal : AbortSignal.any([signal, timeUp]);
    try {
      return await pacedCall(call, { clock, random, bucket, signal: either });
    } catch (error) {
      if (timeUp?.aborted && !signal.aborted) return tooLate(action);
      throw error;
    }
  }
}

/** What ends a reading: for good, or with what was read until then. */
interface Ends {
  readonly signal: AbortSignal;
  readonly timeUp: AbortSignal | undefined;
}

function tooLate(action: string): { readonly ok: false; readonly error: CloudError } {
  return {
    ok: false,
    error: {
      kind: 'transient',
      api: 'v3',
      action,
      code: 'NotReadInTime',
      message: 'the time for reading was over',
      requestId: '',
      sent: false,
    },
  };
}

type Templates = ReadonlyMap<string, readonly string[]>;

type Listing = { readonly kind: TemplateKind } & (
  | { readonly unread: UnreadTemplates }
  | { readonly templates: Templates }
);

/** Whether every other call of the scope would fail as well. */
function isOfScope({ kind }: CloudError): boolean {
  return kind === 'credential' || kind === 'clock' || kind === 'region';
}

/** Nobody answering is one only when no group was read at all: the failure of one call may be its own. */
function failureOfAll(results: readonly CloudResult<KnownRules>[]): CloudError | undefined {
  const errors = results.flatMap((result) => (result.ok ? [] : [result.error]));
  const ofScope = errors.find(isOfScope);
  if (ofScope !== undefined) return ofScope;
  return errors.length === results.length && errors.every(({ kind }) => kind === 'network')
    ? errors[0]
    : undefined;
}

function groupEntry(
  sgId: SecurityGroupId,
  result: CloudResult<KnownRules> | undefined,
): (readonly [SecurityGroupId, GroupRules])[] {
  if (result === undefined) return [];
  if (result.ok) return [[sgId, result.value]];
  const { reason: unreadable, ...rest } = unreadReason(result.error);
  return [[sgId, { unreadable, ...rest }]];
}

function unreadReason(error: CloudError): Pick<UnreadTemplates, 'reason' | 'passing'> {
  return { reason: unreadText(error), ...(isPassing(error) ? { passing: true } : {}) };
}

/** Whether the same call may succeed later without anybody's help. */
function isPassing({ kind }: CloudError): boolean {
  return ['throttled', 'transient', 'network', 'partial', 'retired'].includes(kind);
}

/** The cloud authorises the same read by either of two names, one of them with a typo of its own. */
const GROUP_RULES = 'vpc:DescribeSecurityGroupPolicies and cvm:DescribeSecurityGroupPolicys';

/** The cloud's words, and the permission to grant where it was refused. */
export function unreadText({ kind, code, message, action }: CloudError): string {
  const words = message === '' ? code : `${code}: ${message}`;
  if (kind !== 'denied') return words;
  const grant = action.startsWith('DescribeSecurityGroupPolic') ? GROUP_RULES : `vpc:${action}`;
  return `${words}; grant ${grant}`;
}
