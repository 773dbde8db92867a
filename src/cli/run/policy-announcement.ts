/** What `run` says at its start of the limits and rules that hold. */
import { isDeepStrictEqual } from 'node:util';
import { ChangeWindows } from '../../controller/budget/change-windows.ts';
import {
  type BlastRadius,
  type Limit,
  OPEN_POLICY,
  type Policy,
  type WindowState,
} from '../../core/policy.ts';
import { rfc3339 } from '../../core/rfc-3339.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { count } from '../../core/text/words.ts';
import type { Clock } from '../../runtime/clock.ts';

export interface PolicyAnnouncement {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** One log line, with the windows as they are at this moment. */
export function policyAnnouncement(
  policy: Policy,
  { file, clock }: { readonly file: string | undefined; readonly clock: Clock },
): PolicyAnnouncement {
  const { blastRadius, mustKeep, forbidden, exposure, tenants, regions, accounts, verifyGroups } = policy;
  const { approvals, emergencies } = policy;
  const windows = new ChangeWindows({ windows: policy.windows, clock }).states();
  return {
    fields: {
      policy: file,
      blastRadius: blastRadius ?? 'none',
      mustKeep: mustKeep.length,
      forbidden: forbidden.length,
      exposure: exposure.length,
      tenants: tenants.length,
      ...(regions === undefined ? {} : { regions }),
      ...(accounts === undefined ? {} : { accounts }),
      windows: windows.map(({ name, effect, open, untilMs }) => ({
        name,
        effect,
        open,
        ...(untilMs === undefined ? {} : { until: rfc3339(untilMs) }),
      })),
      verifyGroups,
      approvals,
      emergencies,
    },
    text: [
      limitText(blastRadius, tenants.length > 0),
      `${count(mustKeep.length, 'must-keep rule')}, ${count(forbidden.length, 'forbidden group')}, ${tenantText(tenants.length)}`,
      ...(exposure.length === 0 ? [] : [`${count(exposure.length, 'rule')} of exposure`]),
      ...(regions === undefined ? [] : [`only ${count(regions.length, 'region')} may be named`]),
      ...(accounts === undefined ? [] : [`only accounts that fit ${accounts.join(', ')} may be named`]),
      verifyGroups ? 'groups are looked up before they are written' : 'groups are not looked up',
      ...approvalTexts(approvals),
      ...(windows.length === 0 ? [] : [emergencyText(emergencies)]),
      ...windows.map(windowText),
    ].join('; '),
  };
}

function limitText(limit: BlastRadius | undefined, hasTenants: boolean): string {
  if (limit === undefined) return 'any number of instances may change at once';
  const { periodMs, total } = limit;
  const whose = hasTenants ? "a tenant's instances in a scope" : 'a scope';
  const all = total === undefined ? '' : `, and of a scope in all ${shareText(total, 'it')}`;
  return `at most ${shareText(limit, whose)} may change within ${shortDuration(periodMs)}${all}`;
}

function shareText({ share, count: instances }: Limit, of: string): string {
  const percent = Number((share * 100).toFixed(2));
  return `${percent}% of ${of} or ${count(instances, 'instance')}, whichever is more,`;
}

/** Nothing where the policy says nothing of it. */
function approvalTexts(approvals: Policy['approvals']): string[] {
  if (isDeepStrictEqual(approvals, OPEN_POLICY.approvals)) return [];
  const { paths, annotations, laterRevision, verified } = approvals;
  const places = [
    ...(paths.length === 0 ? [] : [`below ${paths.join(', ')}`]),
    ...(annotations === false ? [] : [`in annotations${annotations === true ? '' : ' of objects'}`]),
  ];
  const order = laterRevision ? ' from a later revision than the change' : '';
  const names = verified ? ' under names that the API server has compared' : '';
  return [`approvals count ${places.length === 0 ? 'nowhere' : `${places.join(' and ')}${order}${names}`}`];
}

function emergencyText({ longestMs, tenants }: Policy['emergencies']): string {
  const whose = tenants === undefined ? '' : ` of ${tenants.join(', ')} alone`;
  return `emergencies${whose} last ${shortDuration(longestMs)} at most`;
}

function tenantText(tenants: number): string {
  return tenants === 0 ? 'no tenants, so everybody may name everything' : count(tenants, 'tenant');
}

function windowText({ name, effect, open, untilMs }: WindowState): string {
  const until = untilMs === undefined ? 'for ever' : `until ${rfc3339(untilMs)}`;
  return `${effect} window "${name}" is ${open ? 'open' : 'closed'} ${until}`;
}
