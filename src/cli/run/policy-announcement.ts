/** What `run` says at its start of the limits and rules that hold. */
import { ChangeWindows } from '../../controller/change-windows.ts';
import type { BlastRadius, Limit, Policy, WindowState } from '../../core/policy.ts';
import { rfc3339 } from '../../core/rfc-3339.ts';
import type { Clock } from '../../runtime/clock.ts';
import { shortDuration } from '../flags/duration.ts';
import { count } from '../output/words.ts';

export interface PolicyAnnouncement {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** One log line, with the windows as they are at this moment. */
export function policyAnnouncement(
  policy: Policy,
  { file, clock }: { readonly file: string | undefined; readonly clock: Clock },
): PolicyAnnouncement {
  const { blastRadius, mustKeep, forbidden, tenants, verifyGroups } = policy;
  const windows = new ChangeWindows({ windows: policy.windows, clock, onChange: () => {} }).states();
  return {
    fields: {
      policy: file,
      blastRadius: blastRadius ?? 'none',
      mustKeep: mustKeep.length,
      forbidden: forbidden.length,
      tenants: tenants.length,
      windows: windows.map(({ name, effect, open, untilMs }) => ({
        name,
        effect,
        open,
        ...(untilMs === undefined ? {} : { until: rfc3339(untilMs) }),
      })),
      verifyGroups,
    },
    text: [
      limitText(blastRadius, tenants.length > 0),
      `${count(mustKeep.length, 'must-keep rule')}, ${count(forbidden.length, 'forbidden group')}, ${tenantText(tenants.length)}`,
      verifyGroups ? 'groups are looked up before they are written' : 'groups are not looked up',
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

function tenantText(tenants: number): string {
  return tenants === 0 ? 'no tenants, so everybody may name everything' : count(tenants, 'tenant');
}

function windowText({ name, effect, open, untilMs }: WindowState): string {
  const until = untilMs === undefined ? 'for ever' : `until ${rfc3339(untilMs)}`;
  return `${effect} window "${name}" is ${open ? 'open' : 'closed'} ${until}`;
}
