/** `cvmsg apply`: the plan, the question, the writes, the summary. */
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { createLogger } from '../logging/logger.ts';
import { structured } from '../output/structured.ts';
import { count } from '../output/words.ts';
import { gatherPlan } from '../plan/gather-plan.ts';
import { planData } from '../plan/plan-data.ts';
import { summarize } from '../plan/plan-outcome.ts';
import { type PlanView, planText } from '../plan/plan-text.ts';
import { refuseFindings } from '../plan/refuse-findings.ts';
import { unreachableText } from '../plan/unreachable-text.ts';
import { onStopSignals } from '../signals.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { readDirectory } from '../wiring/directory-reading.ts';
import { actor, openState } from '../wiring/state-directory.ts';
import { confirm } from './confirm.ts';
import { type Converged, converge } from './converge.ts';
import { pauseForQuota } from './quota-pause.ts';
import { recordReading } from './record-reading.ts';
import { summaryData, summaryText } from './summary-text.ts';

type ApplyFlags = { readonly yes: Flag<boolean>; readonly timeout: Flag<number> };

export async function performApply(
  context: CommandContext,
  { args, flags }: CommandInput<ApplyFlags>,
): Promise<ExitCode> {
  const stop = new AbortController();
  let giveUp = () => {};
  const forget = onStopSignals({
    onFirst: () => stop.abort(new Error('interrupted')),
    onSecond: () => {
      giveUp();
      process.exit(EXIT.interrupted);
    },
  });
  try {
    return await apply(context, {
      directory: args[0] ?? '.',
      yes: flags.yes,
      timeoutMs: flags.timeout,
      signal: stop.signal,
      onStart: (callback) => {
        giveUp = callback;
      },
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    context.io.stderr.write('interrupted; nothing was written\n');
    return EXIT.interrupted;
  } finally {
    forget();
  }
}

interface ApplyOptions {
  readonly directory: string;
  readonly yes: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onStart: (giveUp: () => void) => void;
}

async function apply(context: CommandContext, options: ApplyOptions): Promise<ExitCode> {
  const { timeoutMs, signal } = options;
  const { io } = context;
  const log = createLogger(context);
  const reading = await readDirectory(options.directory, signal);
  if (await refuseFindings(context, reading)) return EXIT.error;
  await using cloud = wireCloud(context, log);
  // Taken before the question, so that nobody is asked in vain.
  using file = openState(context);
  const { rows, unreachable } = await gatherPlan(context, { reading, cloud, log, timeoutMs, signal });
  const summary = summarize(rows, reading.bindings.size);
  const view = { rows, summary, revision: reading.revision, palette: context.palette };
  if (context.globals.output === 'text') io.stdout.write(planText(view));
  for (const one of unreachable) io.stderr.write(`error: ${unreachableText(context, one)}\n`);
  const unread = rows.some((row) => row.observed === undefined && !isUnknown(row.problem));
  if (unread)
    return ended(context, {
      view,
      code: EXIT.error,
      words: 'not all instances could be read; nothing was written',
    });
  if (summary.refused > 0) {
    return ended(context, {
      view,
      code: EXIT.refused,
      words: `a guard refused ${count(summary.refused, 'instance')}; nothing was written`,
    });
  }
  const toChange = summary.changes + summary.waiting;
  if (toChange > 0 && !options.yes) {
    const refusal = await ask(context, view, signal);
    if (refusal !== undefined) return ended(context, { view, code: EXIT.error, words: refusal });
  }
  await pauseForQuota(cloud.tally, { globals: context.globals, signal });
  recordReading(file, reading, actor(context));
  const result = await converge(context, {
    ...options,
    reading,
    cloud,
    file,
    log,
    // What nobody was asked about is not written, should it appear meanwhile.
    readOnly: toChange === 0 && !options.yes,
  });
  if (context.globals.output === 'text') {
    io.stdout.write(summaryText(result, { palette: context.palette, tally: cloud.tally }));
  } else {
    const value = { plan: planData(view), apply: summaryData(result, cloud.tally) };
    io.stdout.write(await structured(value, context.globals.output === 'yaml' ? 'yaml' : 'json'));
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
  readonly code: ExitCode;
  readonly words: string;
}

async function ended({ io, globals }: CommandContext, { view, code, words }: Ending): Promise<ExitCode> {
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured({ plan: planData(view), apply: null }, globals.output));
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
