/** The plan, the question, the writes, the summary: the one way in which a command changes instances. */
import type { CommandContext } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { structured } from '../output/structured.ts';
import { count } from '../output/words.ts';
import { gatherPlan } from '../plan/gather-plan.ts';
import { planData } from '../plan/plan-data.ts';
import { summarize } from '../plan/plan-outcome.ts';
import { type PlanView, planText } from '../plan/plan-text.ts';
import { unreachableText } from '../plan/unreachable-text.ts';
import { confirm } from './confirm.ts';
import { type Converged, type ConvergeOptions, converge } from './converge.ts';
import { pauseForQuota } from './quota-pause.ts';
import { summaryData, summaryText } from './summary-text.ts';

export interface PlanAndConvergeOptions extends Omit<ConvergeOptions, 'readOnly'> {
  /** Writes without asking. */
  readonly yes: boolean;
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
  const { reading, cloud, yes, signal, about = {} } = options;
  const { rows, unreachable } = await gatherPlan(context, options);
  const summary = summarize(rows, reading.bindings.size);
  const view = { rows, summary, revision: reading.revision, palette };
  if (globals.output === 'text') io.stdout.write(planText(view));
  for (const one of unreachable) io.stderr.write(`error: ${unreachableText(context, one)}\n`);
  const ended = (code: ExitCode, words: string) => end(context, { view, about, code, words });
  const unread = rows.some((row) => row.observed === undefined && !isUnknown(row.problem));
  if (unread) return ended(EXIT.error, 'not all instances could be read; nothing was written');
  if (summary.refused > 0) {
    const words = `a guard refused ${count(summary.refused, 'instance')}; nothing was written`;
    return ended(EXIT.refused, words);
  }
  const toChange = summary.changes + summary.waiting;
  if (toChange > 0 && !yes) {
    const refusal = await ask(context, view, signal);
    if (refusal !== undefined) return ended(EXIT.error, refusal);
  }
  await pauseForQuota(cloud.tally, { globals, signal });
  options.onGo?.();
  // What nobody was asked about is not written, should it appear meanwhile.
  const result = await converge(context, { ...options, readOnly: toChange === 0 && !yes });
  if (globals.output === 'text') {
    io.stdout.write(summaryText(result, { palette, tally: cloud.tally }));
  } else {
    const value = { ...about, plan: planData(view), apply: summaryData(result, cloud.tally) };
    io.stdout.write(await structured(value, globals.output === 'yaml' ? 'yaml' : 'json'));
  }
  return exitCode(result);
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
  const { changes, waiting } = view.summary;
  const question = `Change ${count(changes + waiting, 'instance')}? Only "yes" or "y" goes ahead: `;
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

function exitCode({ end, remaining }: Converged): ExitCode {
  if (end === 'interrupted') return EXIT.interrupted;
  return remaining.length === 0 ? EXIT.ok : EXIT.notConverged;
}

/** An instance that the cloud does not know holds nobody else up; it ends as not converged. */
function isUnknown(problem: string | undefined): boolean {
  return problem?.startsWith('the cloud knows no such instance') === true;
}
