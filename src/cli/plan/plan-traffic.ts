/** What the changes of a plan open and close. Each pair of lists is compared once, however many instances have it. */
import type { SecurityGroupId } from '../../api/ids.ts';
import { CompiledRules } from '../../core/firewall/compiled-rules.ts';
import { type MembershipEffect, membershipEffects } from '../../core/firewall/membership.ts';
import type { GroupRules } from '../../core/firewall/rules.ts';
import {
  type ComparedChanges,
  joinedReport,
  type ListChange,
  ListComparison,
  type TrafficReport,
} from '../../core/firewall/traffic-changes.ts';
import { type GroupList, type Scope, scopeKey } from '../../core/model.ts';
import { isForApproval, rowKind } from '../../core/plan-outcome.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { CommandContext } from '../command.ts';
import {
  type ChangeRules,
  readChangeRules,
  type UnreadPart,
  unreadableGroups,
} from '../wiring/change-rules.ts';
import { SYSTEM_MACHINE } from '../wiring/clock-and-random.ts';
import type { CloudWiring } from '../wiring/cloud-wiring.ts';
import { type GatheredPlan, type GatherOptions, gatherPlan } from './gather-plan.ts';
import { unreachableText } from './unreachable-text.ts';

/** A scope of which no rule could be read: what its changes open and close is not known. */
export interface UnreadScope {
  readonly scope: string;
  /** Of those that the summary would count. */
  readonly instances: number;
  readonly reason: string;
}

/** Groups of a scope that could not be read beside others. */
export interface UnreadGroups {
  readonly scope: string;
  readonly sgIds: readonly string[];
  /** Of the first. */
  readonly reason: string;
}

export interface TrafficEffects {
  readonly state: 'read';
  /** Of what would be written, at once or when its time or its approval comes; what is held does not count. */
  readonly report: TrafficReport;
  /** What those changes do to others, by the rules that were read. */
  readonly sideEffects: readonly MembershipEffect[];
  /** Of one instance with this change, by {@link changeKey}; none of a scope that is unread. */
  readonly byChange: ReadonlyMap<string, TrafficReport>;
  readonly groups: ReadonlyMap<SecurityGroupId, GroupRules>;
  readonly unread: readonly (UnreadPart & { readonly scope: string })[];
  readonly unreadGroups: readonly UnreadGroups[];
  readonly unreadScopes: readonly UnreadScope[];
}

/** Nobody asked for the rules. */
export interface TrafficOff {
  readonly state: 'off';
}

export type PlanTraffic = TrafficEffects | TrafficOff;

/** The plan, and what it opens and closes; both within the time. Rejects only when the signal aborts. */
export async function gatherPlanAndTraffic(
  context: CommandContext,
  options: GatherOptions,
): Promise<GatheredPlan & { readonly traffic: PlanTraffic }> {
  const { machine: { clock } = SYSTEM_MACHINE, cloud, signal } = options;
  const startedAtMs = clock.now();
  const plan = await gatherPlan(context, options);
  const traffic = await readTraffic(context, plan.rows, {
    ruleReaders: cloud.ruleReaders,
    clock,
    timeoutMs: options.timeoutMs - (clock.now() - startedAtMs),
    signal,
  });
  return { ...plan, traffic };
}

export interface ReadTrafficOptions {
  readonly ruleReaders: CloudWiring['ruleReaders'];
  readonly clock: Clock;
  /** Longest time for reading; what is not read until then is unreadable, with that as the reason. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Reads the rules of the groups that change, once for each scope. Rejects only when the signal aborts. */
export async function readTraffic(
  context: CommandContext,
  rows: readonly PlanRow[],
  options: ReadTrafficOptions,
): Promise<PlanTraffic> {
  if (context.globals.traffic === 'off') return { state: 'off' };
  const { clock, timeoutMs, signal } = options;
  const timeUp = new AbortController();
  const forget = clock.setTimer(Math.max(timeoutMs, 0), () => timeUp.abort());
  try {
    const parts = [...Map.groupBy(rows.flatMap(changeOf), ({ scope }) => scopeKey(scope))];
    const read = await Promise.all(
      parts.map(([, changes]) =>
        readScope(context, changes, { ...options, ends: { signal, timeUp: timeUp.signal } }),
      ),
    );
    return effectsOf(read);
  } finally {
    forget();
  }
}

/** The change of one row. */
interface RowChange extends ListChange {
  readonly scope: Scope;
  readonly counts: boolean;
}

function changeOf(row: PlanRow): RowChange[] {
  const { observed, desired, scope, steps } = row;
  if (observed === undefined || steps.length === 0) return [];
  return [{ scope, before: observed, after: desired, counts: counts(row) }];
}

/** Whether it would be written some day: what a guard refuses would only if an approval lets it pass. */
function counts(row: PlanRow): boolean {
  const kind = rowKind(row);
  return kind === 'change' || kind === 'waiting' || kind === 'deferred' || isForApproval(row);
}

interface ScopeChanges {
  readonly scope: string;
  readonly changes: readonly RowChange[];
}

type ScopeReading = ScopeChanges &
  ({ readonly rules: ChangeRules } | { readonly rules?: ChangeRules; readonly reason: string });

async function readScope(
  context: CommandContext,
  changes: readonly RowChange[],
  { ruleReaders, ends }: ReadTrafficOptions & { readonly ends: Parameters<typeof readChangeRules>[2] },
): Promise<ScopeReading> {
  const [{ scope: place } = { scope: { account: '', region: '' } }] = changes;
  const scope = scopeKey(place);
  const reading = await readChangeRules(ruleReaders.rules(place), changes, ends);
  if (!reading.ok) {
    return { scope, changes, reason: unreachableText(context, { scope, error: reading.error }) };
  }
  const { rules } = reading;
  const all = [...rules.book.groups.values()];
  const [first] = all;
  const none = first !== undefined && 'unreadable' in first && all.every((one) => 'unreadable' in one);
  return none ? { scope, changes, rules, reason: first.unreadable } : { scope, changes, rules };
}

function effectsOf(readings: readonly ScopeReading[]): TrafficEffects {
  const byChange = new Map<string, TrafficReport>();
  const groups = new Map<SecurityGroupId, GroupRules>();
  const compared: ComparedChanges[] = [];
  const sideEffects: MembershipEffect[] = [];
  const unreadScopes: UnreadScope[] = [];
  const unreadGroups: UnreadGroups[] = [];
  const unread: (UnreadPart & { scope: string })[] = [];
  for (const reading of readings) {
    const { scope, changes, rules } = reading;
    const counted = changes.filter((change) => change.counts);
    for (const [sgId, known] of rules?.groups ?? []) groups.set(sgId, known);
    for (const one of rules?.unread ?? []) unread.push({ ...one, scope });
    if ('reason' in reading) {
      unreadScopes.push({ scope, instances: counted.length, reason: reading.reason });
      continue;
    }
    unreadGroups.push(...unreadOf(scope, reading.rules));
    const comparison = new ListComparison(new CompiledRules(reading.rules.book));
    compared.push({ comparison, listChanges: counted });
    sideEffects.push(...membershipEffects(reading.rules, counted));
    for (const { before, after } of changes) {
      const key = changeKey(scope, before, after);
      if (byChange.has(key)) continue;
      byChange.set(key, joinedReport([{ comparison, listChanges: [{ before, after }] }]));
    }
  }
  const report = joinedReport(compared);
  return { state: 'read', report, sideEffects, byChange, groups, unread, unreadGroups, unreadScopes };
}

function unreadOf(scope: string, { groups }: ChangeRules): UnreadGroups[] {
  const unreadable = Object.entries(unreadableGroups(groups));
  const [first] = unreadable;
  return first === undefined ? [] : [{ scope, sgIds: unreadable.map(([sgId]) => sgId), reason: first[1] }];
}

function changeKey(scope: string, before: GroupList, after: GroupList): string {
  return `${scope} ${before.join()}>${after.join()}`;
}

/** What the change of a row does; undefined where nobody knows, or where nothing changes. */
export function trafficOf(
  traffic: PlanTraffic,
  { scope, observed, desired }: PlanRow,
): TrafficReport | undefined {
  if (traffic.state === 'off' || observed === undefined) return undefined;
  return traffic.byChange.get(changeKey(scopeKey(scope), observed, desired));
}
