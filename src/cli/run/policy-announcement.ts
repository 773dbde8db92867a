/** What `run` says at its start of the limits and rules that hold. */
import { ChangeWindows } from '../../controller/change-windows.ts';
import type { BlastRadius, Policy, WindowState } from '../../core/policy.ts';
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
  const { blastRadius, mustKeep, forbidden, tenants, regions, accounts, verifyGroups } = policy;
  const windows = new ChangeWindows({ windows: policy.windows, clock, onChange: () => {} }).states();
  return {
    fields: {
      policy: file,
      blastRadius: blastRadius ?? 'none',
      mustKeep: mustKeep.length,
      forbidden: forbidden.length,
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
    },
    text: [
      limitText(blastRadius),
      `${count(mustKeep.length, 'must-keep rule')}, ${count(forbidden.length, 'forbidden group')}, ${tenantText(tenants.length)}`,
      ...(regions === undefined ? [] : [`only ${count(regions.length, 'region')} may be named`]),
      ...(accounts === undefined ? [] : [`only accounts that fit ${accounts.join(', ')} may be named`]),
      verifyGroups ? 'groups are looked up before they are written' : 'groups are not looked up',
      ...windows.map(windowText),
    ].join('; '),
  };
}

function limitText(limit: BlastRadius | undefined): string {
  if (limit === undefined) return 'any number of instances may change at once';
  const { share, count: instances, periodMs } = limit;
  const percent = Number((share * 100).toFixed(2));
  return `at most ${percent}% of a scope or ${count(instances, 'instance')}, whichever is more, may change within ${shortDuration(periodMs)}`;
}

function tenantText(tenants: number): string {
  return tenants === 0 ? 'no tenants, so everybody may name everything' : count(tenants, 'tenant');
}

function windowText({ name, effect, open, untilMs }: WindowState): string {
  const until = untilMs === undefined ? 'for ever' : `until ${rfc3339(untilMs)}`;
  return `${effect} window "${name}" is ${open ? 'open' : 'closed'} ${until}`;
}
