/** The words of what a plan opens and closes. The lines hold texts of the cloud that are not made visible yet. */
import {
  membershipLine,
  openingsText,
  type TrafficLine,
  trafficLineList,
} from '../../core/firewall/traffic-text.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { visible } from '../../core/text/visible.ts';
import { count, someOf } from '../../core/text/words.ts';
import type { Palette } from '../output/palette.ts';
import { unreadText } from '../wiring/change-rules.ts';
import { type PlanTraffic, trafficOf, type UnreadScope } from './plan-traffic.ts';

/** Changes below the instances that they are of, and effects on others, before only their number is given. */
const LINES_OF_GROUP = 3;
const SIDE_EFFECTS = 10;
/** Characters of what opens in a heading or a question. */
const LONGEST_HEADING = 160;

export interface PlanTrafficLine {
  readonly kind: TrafficLine['kind'] | 'side effect' | 'unread';
  readonly text: string;
}

/** Over all instances: what opens, what closes, what depends on something, and for how many nothing changes. */
export function planTrafficLines(traffic: PlanTraffic): PlanTrafficLine[] {
  if (traffic.state === 'off') return [];
  const { report, groups, sideEffects, unreadScopes } = traffic;
  const shown = sideEffects.slice(0, SIDE_EFFECTS);
  const rest = sideEffects.length - shown.length;
  return [
    ...unreadScopes
      .filter(({ instances }) => instances > 0)
      .map((one) => ({ kind: 'unread', text: unreadScopeText(one) }) as const),
    ...trafficLineList(report, { groups }),
    ...shown.map((effect) => ({ kind: 'side effect', text: membershipLine(effect, { groups }) }) as const),
    ...(rest > 0 ? [{ kind: 'rest', text: `and ${count(rest, 'more side effect')}` } as const] : []),
  ];
}

function unreadScopeText({ scope, instances, reason }: UnreadScope): string {
  return `cannot tell for ${count(instances, 'instance')} of ${scope}: no rules could be read (${reason})`;
}

/** What the change of one row does, whichever of its instances it is. */
export function rowTrafficLines(traffic: PlanTraffic, row: PlanRow): PlanTrafficLine[] {
  const report = trafficOf(traffic, row);
  if (report === undefined || traffic.state === 'off') return [];
  return trafficLineList(report, { groups: traffic.groups, most: LINES_OF_GROUP, withoutInstances: true });
}

export function paintTraffic({ kind, text }: PlanTrafficLine, palette: Palette): string {
  const shown = visible(text);
  switch (kind) {
    case 'opens':
      return palette.bad(shown);
    case 'closes':
      return palette.note(shown);
    case 'conditional':
    case 'unread':
      return palette.changed(shown);
    case 'side effect':
    case 'rest':
    case 'unchanged':
      return palette.faint(shown);
    default:
      return kind satisfies never;
  }
}

/** What opens, or may do so, as part of a heading; that nobody knows where nothing could be read. Empty where nothing opens. */
export function openingHeading(traffic: PlanTraffic): string {
  if (traffic.state === 'off') return '';
  const text = openingsText(traffic.report);
  const unknown = traffic.unreadScopes.some(({ instances }) => instances > 0);
  if (text === '') return unknown ? 'traffic not known' : '';
  const cut = text.length > LONGEST_HEADING ? `${text.slice(0, LONGEST_HEADING - 1)}…` : text;
  return unknown ? `${cut}, and more that is not known` : cut;
}

/** What could not be read, and what to do about it: one line for each scope and reason. */
export function unreadWarnings(traffic: PlanTraffic): string[] {
  if (traffic.state === 'off') return [];
  const scopes = traffic.unreadScopes.map(
    ({ scope, reason }) =>
      `what the changes of ${scope} open and close is not known: ${visible(reason)}; --traffic off does not ask`,
  );
  const groups = traffic.unreadGroups.map(
    ({ scope, sgIds, reason }) =>
      `${scope}: the rules of ${someOf(sgIds)} could not be read: ${visible(reason)}`,
  );
  const others = traffic.unread.map((one) => `${one.scope}: ${unreadText(one)}`);
  return [...scopes, ...groups, ...others];
}
