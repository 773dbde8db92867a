/** The plan, the question, the writes, the summary: the one way in which a command changes instances. */
import { authorityOf, isPlanDigest } from '../../api/approval.ts';
import { planDigest } from '../../controller/budget/plan-digest.ts';
import type { PlanChange } from '../../core/plan-change.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { structured } from '../output/structured.ts';
import { count } from '../output/words.ts';
import { gatherPlan } from '../plan/gather-plan.ts';
import { isForApproval, planChanges } from '../plan/plan-changes.ts';
import { planData } from '../plan/plan-data.ts';
import { isRefused, rowKind, summarize } from '../plan/plan-outcome.ts';
import { type PlanView, planText } from '../plan/plan-text.ts';
import { unreachableText } from '../plan/unreachable-text.ts';
import { userAtHost } from '../wiring/state-directory.ts';
import { confirm } from './confirm.ts';
import { type Converged, type ConvergeOptions, converge } from './converge.ts';
import { pauseForQuota } from './quota-pause.ts';
import { summaryData, summaryText } from './summary-text.ts';

export interface PlanAndConvergeOptions extends Omit<ConvergeOptions, 'readOnly' | 'onlyPlan'> {
  /** Writes without asking. */
  readonly yes: boolean;
  /** Does the plan with this digest and nothing else, without asking; another plan is refused. */
  readonly approvedDigest?: string | undefined;
  /** Called when it is certain that writing may begin, before the first write. */
  readonly onGo?: () => void;
  /** What structured output tells beside the plan and its end. */
  readonly about?: object;
}

/** Shows the plan for what shall be, asks, writes until all is in sync, and tells how it ended. */
export async function planAndConverge(
  context: CommandContext,
  options: PlanAndConvergeOptions,
): Promise<ExitCode> {
  const { io, globals, palette } = context;
  const { reading, cloud, signal, approvedDigest, about = {} } = options;
  const { unreachable, ...plan } = await gatherPlan(context, options);
  const { rows, selectionProblems } = plan;
  const summary = summarize(rows, reading.bindings.size);
  const changes = planChanges(rows);
  const digest = planDigest(changes);
  const { revision, permissions = [] } = reading;
  const view = { ...plan, summary, digest, revision, permissions, palette };
  if (globals.output === 'text') io.stdout.write(planText(view));
  for (const one of unreachable) io.stderr.write(`error: ${unreachableText(context, one)}\n`);
  const ended = (code: ExitCode, words: string) => end(context, { view, about, code, words });
  const unread = rows.some((row) => rowKind(row) === 'unreadable' && !isUnknown(row.problem));
  if (unread) return ended(EXIT.error, 'not all instances could be read; nothing was written');
  if (!selectionProblems.every(isRefused)) {
    return ended(EXIT.error, 'not all members of selectors could be listed; nothing was written');
  }
  if (approvedDigest !== undefined && approvedDigest !== digest) {
    const words = `the plan is ${digest} now, so what would change, or from what, is not what ${approvedDigest} was made of`;
    return ended(EXIT.refused, `${words}; look at it again. Nothing was written`);
  }
  const toChange = approvedDigest === undefined ? summary.changes + summary.waiting : changes.length;
  const approved = approvedDigest === undefined ? 0 : rows.filter(isForApproval).length;
  const refused = summary.refused + summary.deferred - approved + selectionProblems.length;
  if (toChange === 0 && refused > 0) return ended(EXIT.refused, refusedWords(view));
  const yes = options.yes || approvedDigest !== undefined;
  if (toChange > 0 && !yes) {
    const refusal = await ask(context, view, signal);
    if (refusal !== undefined) return ended(EXIT.error, refusal);
  }
  await pauseForQuota(cloud.tally, { globals, signal });
  options.onGo?.();
  // What nobody was asked about is not written, should it appear meanwhile.
  const onlyPlan = approvedDigest === undefined ? undefined : onlyThis(context, changes, approvedDigest);
  const result = await converge(context, { ...options, onlyPlan, readOnly: toChange === 0 && !yes });
  if (globals.output === 'text') {
    io.stdout.write(summaryText(result, { palette, tally: cloud.tally }));
  } else {
    const value = { ...about, plan: planData(view), apply: summaryData(result, cloud.tally) };
    io.stdout.write(await structured(value, globals.output === 'yaml' ? 'yaml' : 'json'));
  }
  return exitCode(result, refused);
}

/** The changes of an approved plan, with who lets them pass. */
function onlyThis(
  context: CommandContext,
  changes: readonly PlanChange[],
  digest: string,
): NonNullable<ConvergeOptions['onlyPlan']> {
  const at = new Date(systemClock.wall()).toISOString();
  return {
    changes: new Map(changes.map(({ instanceId, from, to }) => [instanceId, { from, to }])),
    authority: `${authorityOf({ digest, by: userAtHost(), at })} (${context.command} --plan)`,
  };
}

function refusedWords({ rows, selectionProblems, summary, digest }: PlanView): string {
  const hint = rows.some(isForApproval)
    ? `; when you have looked at it, \`--plan ${digest}\` applies exactly this plan`
    : '';
  const instances = summary.refused + summary.deferred;
  const refused = instances > 0 ? count(instances, 'instance') : count(selectionProblems.length, 'selector');
  return `a guard refused ${refused}; nothing was written${hint}`;
}

/** @throws CliError for a value of `--plan` that no plan can have. */
export function refuseWrongDigest(digest: string | undefined): void {
  if (digest === undefined || isPlanDigest(digest)) return;
  throw new CliError(
    `--plan: Expected the digest of a plan, \`sha256:\` and 64 hexadecimal digits, got "${digest}"; \`cvmsg plan\` shows it`,
  );
}

/** Why nothing may be written; undefined after a yes. */
async function ask(
  context: CommandContext,
  view: PlanView,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { io, globals } = context;
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) {
    return 'there is no terminal to ask on, so nothing was written; say --yes to write without asking';
  }
  if (globals.output !== 'text') io.stderr.write(planText(view));
  const { changes, waiting, refused, deferred } = view.summary;
  const others = refused + deferred === 0 ? '' : ` (${refused + deferred} others are refused)`;
  const question = `Change ${count(changes + waiting, 'instance')}${others}? Only "yes" or "y" goes ahead: `;
  return (await confirm(question, { io, signal })) ? undefined : 'not confirmed; nothing was written';
}

interface Ending {
  readonly view: PlanView;
  readonly about: object;
  readonly code: ExitCode;
  readonly words: string;
}

async function end({ io, globals }: CommandContext, ending: Ending): Promise<ExitCode> {
  const { view, about, code, words } = ending;
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured({ ...about, plan: planData(view), apply: null }, globals.output));
  }
  io.stderr.write(`error: ${words}\n`);
  return code;
}

function exitCode({ end, remaining }: Converged, refused: number): ExitCode {
  if (end === 'interrupted') return EXIT.interrupted;
  const open = remaining.filter(({ state }) => state !== 'Refused' && state !== 'Deferred');
  if (open.length > 0) return EXIT.notConverged;
  return remaining.length > 0 || refused > 0 ? EXIT.refused : EXIT.ok;
}

/** An instance that the cloud does not know holds nobody else up; it ends as not converged. */
function isUnknown(problem: string | undefined): boolean {
  return problem?.startsWith('the cloud knows no such instance') === true;
}
