/** A plan as people read it. */
import { type Permission, permissionText } from '../../core/permission.ts';
import type { PlanSummary } from '../../core/plan-outcome.ts';
import { type ChangeGroup, groupPlan, isForApproval, planChanges } from '../../core/plan-outcome.ts';
import { obstacleText, type PlanRow } from '../../core/plan-row.ts';
import { stepText } from '../../core/text/step-text.ts';
import { visible } from '../../core/text/visible.ts';
import { count, listText, shortDigest, shortRevision, someOf, thousands } from '../../core/text/words.ts';
import type { Palette } from '../output/palette.ts';
import type { GatheredPlan } from './gather-plan.ts';
import type { PlanTraffic } from './plan-traffic.ts';
import { paintTraffic, planTrafficLines, rowTrafficLines } from './traffic-text.ts';

/** What every write does, said wherever a plan is shown. */
export const OVERWRITE_SENTENCE =
  'Each write replaces the whole security-group list on the primary network interface; other interfaces are not touched.';

/** A selector may be there before its instances, and may be mistyped: only a person can tell. */
export const FITS_NONE = 'its selector fits no instance; nothing is done for it until one fits';

/** Instances that are named one by one before only their number is told. */
const NAMED_IN_GROUP = 5;

export interface PlanView {
  readonly rows: readonly PlanRow[];
  readonly summary: PlanSummary;
  readonly revision: string;
  /** The API server whose objects tell the plan, in the place of a revision. */
  readonly cluster?: string;
  /** Over exactly what would change, from what; empty where nobody can tell. */
  readonly digest: string;
  /** What the groups are called. */
  readonly names: ReadonlyMap<string, string>;
  /** Bindings whose members are not those that their selector fits. */
  readonly selectionProblems: GatheredPlan['selectionProblems'];
  /** Bindings whose selector fits nothing. */
  readonly fitNone: GatheredPlan['fitNone'];
  /** Every approval and emergency that the documents contain. */
  readonly permissions: readonly Permission[];
  /** What applies exactly this plan, but for the digest; absent where nothing does. */
  readonly applyCommand?: string;
  /** What the changes open and close. */
  readonly traffic: PlanTraffic;
  readonly palette: Palette;
}

export function planText(view: PlanView): string {
  const { rows, palette, names, traffic } = view;
  /** Why instances are unreadable, each reason below the binding where it was told. */
  const reported = new Map<string, string>();
  const bindings = groupPlan(rows).map(({ binding, row, inSync, groups }) => {
    const { account, region } = row.scope;
    const synced = inSync === 0 ? '' : palette.faint(`; ${count(inSync, 'more instance')} in sync`);
    const heading = `${palette.strong(binding)}  ${region} (credentials ${account})  ${palette.faint(originText(row))}${synced}\n`;
    return heading + groups.map((group) => groupText(group, { palette, names, traffic, reported })).join('');
  });
  const changes = bindings.length === 0 ? '' : `${bindings.join('\n')}\n`;
  return (
    trafficText(view) +
    changes +
    selectionText(view) +
    permissionsText(view) +
    togetherText(view) +
    summaryText(view)
  );
}

/** What all of it opens and closes comes first: it is what a reader has to judge. */
function trafficText({ traffic, palette }: PlanView): string {
  const lines = planTrafficLines(traffic).map((line) => `  ${paintTraffic(line, palette)}\n`);
  return lines.length === 0 ? '' : `${palette.strong('Traffic')}\n${lines.join('')}\n`;
}

function groupText(
  { kind, row, instances }: ChangeGroup,
  {
    palette,
    names,
    traffic,
    reported,
  }: Pick<PlanView, 'palette' | 'names' | 'traffic'> & { readonly reported: Map<string, string> },
): string {
  const ids = instances.map(nameText);
  const label =
    ids.length === 1 ? `${ids[0]}` : `${count(ids.length, 'instance')}: ${someOf(ids, NAMED_IN_GROUP)}`;
  if (row.observed === undefined) {
    const why = obstacleText(row);
    const first = reported.get(why);
    reported.set(why, first ?? row.binding);
    const words =
      first === undefined || first === row.binding ? visible(why) : `for the same reason as ${first}`;
    return `  ${palette.bad('!')} ${label}\n      ${palette.bad(`${kind}: ${words}`)}\n`;
  }
  const steps = row.steps.map((step) => `      ${palette.changed(stepText(step, names))}\n`).join('');
  const lists = `      ${palette.faint(`${listText(row.observed)} -> ${listText(row.desired)}`)}\n`;
  const words = isForApproval(row) ? 'too many would change at once, see below' : row.guard?.message;
  const guard = words === undefined ? '' : `      ${guardText(kind, words, palette)}\n`;
  const effects = rowTrafficLines(traffic, row)
    .map((line) => `      ${paintTraffic(line, palette)}\n`)
    .join('');
  return `  ${mark(kind, palette)} ${label}\n${steps}${lists}${effects}${guard}`;
}

function mark(kind: ChangeGroup['kind'], palette: Palette): string {
  switch (kind) {
    case 'change':
      return palette.changed('~');
    case 'waiting':
    case 'deferred':
      return palette.note('~');
    case 'held':
      return palette.faint('=');
    case 'refused':
    case 'unreadable':
      return palette.bad('!');
    case 'in-sync':
      return ' ';
    default:
      return kind satisfies never;
  }
}

function guardText(kind: ChangeGroup['kind'], message: string, palette: Palette): string {
  const word = kind === 'held' ? 'held, not counted' : kind;
  const text = `${word}: ${visible(message)}`;
  return kind === 'refused' ? palette.bad(text) : palette.note(text);
}

/** `ins-1 (web-1)`. */
export function nameText({ instanceId, instanceName }: PlanRow): string {
  const name = visible(instanceName ?? '');
  return name === '' ? instanceId : `${instanceId} (${name})`;
}

/** `web.yaml:3`, or where else it was declared. */
export function originText({ origin }: Pick<PlanRow, 'origin'>): string {
  return origin.kind === 'directory' ? `${visible(origin.file)}:${origin.line}` : `object ${origin.uid}`;
}

function selectionText({ selectionProblems, fitNone, palette }: PlanView): string {
  const problems = selectionProblems.map(
    ({ key, problem }) => `${palette.bad('!')} ${key}: ${palette.bad(problem.message)}\n`,
  );
  const empty = fitNone.map((key) => `${palette.changed('!')} ${key}: ${palette.changed(FITS_NONE)}\n`);
  return [...problems, ...empty].join('');
}

/** Whoever looks at the plan has to see what may let it pass. */
function permissionsText({ permissions, palette }: PlanView): string {
  return permissions
    .map((one) => {
      const paint = one.refusal === undefined ? palette.note : palette.bad;
      return `${paint('!')} ${permissionLine(one)}\n`;
    })
    .join('');
}

/** `approvals/1a2b.yaml:1: approval of …`. */
export function permissionLine(permission: Permission): string {
  return `${visible(permission.file)}:${permission.line}: ${visible(permissionText(permission))}`;
}

/** What is said of all changes together, once for each region. */
function togetherText({ rows, palette }: PlanView): string {
  const messages = new Set(rows.filter(isForApproval).flatMap(({ guard }) => guard?.message ?? []));
  return [...messages].map((message) => `${palette.bad('!')} ${palette.bad(message)}\n`).join('');
}

function summaryText(view: PlanView): string {
  const { summary, palette, revision, digest, rows, selectionProblems, applyCommand } = view;
  const parts = [
    summary.changes + summary.waiting > 0
      ? palette.changed(`${count(summary.changes + summary.waiting, 'instance')} to change`)
      : summary.unreadable > 0 || selectionProblems.length > 0
        ? palette.bad('incomplete')
        : summary.refused + summary.deferred > 0
          ? palette.bad('nothing may be changed')
          : summary.bindings === 0
            ? palette.changed('no binding, so nothing to change')
            : palette.good('nothing to change'),
    `${thousands(summary.inSync)} in sync`,
    summary.held > 0 ? `${thousands(summary.held)} held` : '',
    summary.refused > 0 ? palette.bad(`${thousands(summary.refused)} refused`) : '',
    summary.deferred > 0 ? palette.bad(`${thousands(summary.deferred)} deferred`) : '',
    summary.unreadable > 0 ? palette.bad(`${thousands(summary.unreadable)} unreadable`) : '',
  ].filter((part) => part !== '');
  const place = view.cluster === undefined ? `at revision ${shortRevision(revision)}` : `at ${view.cluster}`;
  const plan = `Plan for ${count(summary.bindings, 'binding')} ${place}: ${parts.join(', ')}.\n`;
  const all = planChanges(rows).length;
  if (all === 0 || digest === '') return plan;
  const approve = rows.some(isForApproval)
    ? `${count(rows.filter(isForApproval).length, 'change')} of it only with an approval`
    : 'exactly this and nothing else';
  const how =
    applyCommand === undefined ? '`--plan` with it' : `\`${applyCommand} --plan ${shortDigest(digest)}\``;
  return `${plan}${OVERWRITE_SENTENCE}\nDigest ${digest}: ${how} applies this plan, ${approve}.\n`;
}
