/** The plan, the question, the writes, the summary: the one way in which a command changes instances. */
import { createInterface } from 'node:readline/promises';
import { planDigest } from '../../controller/budget/plan-digest.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import type { PlanChange } from '../../core/plan.ts';
import { isForApproval, planChanges, rowKind, summarize } from '../../core/plan-outcome.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { visible } from '../../core/text/visible.ts';
import { count } from '../../core/text/words.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LocalState } from '../../store/local-state.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { GlobalSettings } from '../flags/global-flags.ts';
import { DIGEST_SYNTAX, meansDigest, readDigest } from '../flags/plan-digest.ts';
import type { Io } from '../io.ts';
import type { Palette } from '../output/palette.ts';
import { structured } from '../output/structured.ts';
import { placedPlan } from '../plan/gather-plan.ts';
import { planData } from '../plan/plan-data.ts';
import { isRefused } from '../plan/plan-kinds.ts';
import { type PlanView, planText } from '../plan/plan-text.ts';
import { gatherPlanAndTraffic } from '../plan/plan-traffic.ts';
import { openingHeading, unreadWarnings } from '../plan/traffic-text.ts';
import { unreachableText } from '../plan/unreachable-text.ts';
import { type Machine, SYSTEM_MACHINE } from '../wiring/clock-and-random.ts';
import type { CallCounts } from '../wiring/cloud-wiring.ts';
import { actor, userAtHost } from '../wiring/state-directory.ts';
import { type Converged, type ConvergeOptions, converge } from './converge.ts';

export interface PlanAndConvergeOptions extends Omit<ConvergeOptions, 'readOnly' | 'onlyPlan'> {
  /** Writes without asking. */
  readonly yes: boolean;
  /** Does the plan with this digest and nothing else, without asking; another plan is refused. */
  readonly approvedDigest?: string | undefined;
  /** This command line without the digest: with one it does exactly the plan that was shown. */
  readonly applyCommand: string;
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
  const { reading, cloud, signal, approvedDigest, about = {}, applyCommand } = options;
  const { machine = SYSTEM_MACHINE } = options;
  const earlier = new LocalState(options.file, { clock: machine.clock, actor: actor(context) });
  const gathered = await gatherPlanAndTraffic(context, { ...options, earlier });
  const { unreachable, ...plan } = placedPlan(gathered, reading.directory);
  const { rows, selectionProblems } = plan;
  const summary = summarize(rows, reading.bindings.size);
  const changes = planChanges(rows);
  const digest = planDigest(changes);
  const { revision, permissions = [] } = reading;
  const view = { ...plan, summary, digest, revision, permissions, palette, applyCommand };
  if (globals.output === 'text') io.stdout.write(planText(view));
  for (const words of unreadWarnings(plan.traffic)) io.stderr.write(`warning: ${words}\n`);
  for (const one of unreachable) io.stderr.write(`error: ${unreachableText(context, one)}\n`);
  const ended = (code: ExitCode, words: string) => end(context, { view, about, code, words });
  // An instance that the cloud does not know holds nobody else up; it ends as not converged.
  const unread = rows.some((row) => rowKind(row) === 'unreadable' && row.missing !== true);
  if (unread) return ended(EXIT.error, 'not all instances could be read; nothing was written');
  if (!selectionProblems.every(isRefused)) {
    return ended(EXIT.error, 'not all members of selectors could be listed; nothing was written');
  }
  if (approvedDigest !== undefined && !meansDigest(approvedDigest, digest)) {
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
  await pauseForQuota(cloud.counts, { globals, signal, clock: machine.clock });
  options.onGo?.();
  // What nobody was asked about is not written, should it appear meanwhile.
  const onlyPlan =
    approvedDigest === undefined ? undefined : onlyThis(context, machine, { rows, changes, digest });
  const result = await converge(context, { ...options, onlyPlan, readOnly: toChange === 0 && !yes });
  if (globals.output === 'text') {
    io.stdout.write(summaryText(result, { palette, counts: cloud.counts }));
  } else {
    const value = { ...about, plan: planData(view), apply: summaryData(result, cloud.counts) };
    io.stdout.write(await structured(value, globals.output === 'yaml' ? 'yaml' : 'json'));
  }
  return exitCode(result, refused);
}

/** The changes of an approved plan, with who lets them pass. */
function onlyThis(
  context: CommandContext,
  { clock }: Machine,
  { rows, changes, digest }: Pick<PlanView, 'rows' | 'digest'> & { readonly changes: readonly PlanChange[] },
): NonNullable<ConvergeOptions['onlyPlan']> {
  const at = new Date(clock.wall()).toISOString();
  return {
    changes: new Map(changes.map(({ instanceId, from, to }) => [instanceId, { from, to }])),
    exposed: new Set(
      rows.flatMap(({ instanceId, guard }) => (guard?.reason === 'Exposure' ? [instanceId] : [])),
    ),
    permit: { approvedBy: { digest, by: userAtHost(), at }, command: context.command },
  };
}

function refusedWords({ rows, selectionProblems, summary, digest, applyCommand = '' }: PlanView): string {
  const hint = rows.some(isForApproval)
    ? `; when you have looked at it, \`${applyCommand} --plan ${digest}\` applies exactly this plan`
    : '';
  const instances = summary.refused + summary.deferred;
  const refused = instances > 0 ? count(instances, 'instance') : count(selectionProblems.length, 'selector');
  return `a guard refused ${refused}; nothing was written${hint}`;
}

/** The digest of `--plan`, or its start. @throws CliError for a value that no plan can have. */
export function planFlag(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const digest = readDigest(text);
  if (digest !== undefined) return digest;
  throw new CliError(
    `--plan: Expected the digest of a plan, ${DIGEST_SYNTAX}, got "${text}"; the same command without it shows it`,
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
  const opening = visible(openingHeading(view.traffic));
  const opens = opening === '' ? '' : ` (${opening})`;
  const question = `Change ${count(changes + waiting, 'instance')}${opens}${others}? Only "yes" or "y" goes ahead: `;
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

/** True for yes; rejects when the signal aborts. */
async function confirm(
  question: string,
  { io, signal }: { readonly io: Io; readonly signal: AbortSignal },
): Promise<boolean> {
  const reader = createInterface({ input: io.stdin, output: process.stderr });
  // In a raw terminal Ctrl-C reaches the reader, not the process.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  // The end of the input is a no.
  const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('\n')));
  try {
    const answer = await Promise.race([reader.question(question, { signal }), closed]);
    signal.throwIfAborted();
    if (answer === '\n') io.stderr.write(answer);
    return /^(?:y|yes)$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}

/** Lets the reads of the plan leave the cloud's one-second window before the writes bring their own. */
const WINDOW_MS = 1_000;

/** Waits only when the plan took enough calls for it to matter. Rejects when the signal aborts. */
async function pauseForQuota(
  { calls }: CallCounts,
  {
    globals,
    signal,
    clock,
  }: { readonly globals: GlobalSettings; readonly signal: AbortSignal; readonly clock: Clock },
): Promise<void> {
  if (calls * 2 > globals.readsPerSecond) await clock.sleep(WINDOW_MS, signal);
}

// What an apply came to, in words and as data.

/** Instances that are named one by one; the rest is counted, and all are in `cvmsg get -o yaml`. */
const NAMED = 50;

function summaryText(
  result: Converged,
  { palette, counts }: { readonly palette: Palette; readonly counts: CallCounts },
): string {
  const { convergence, remaining, written, elapsedMs } = result;
  const throttled = counts.throttled === 0 ? '' : `, ${counts.throttled} throttled`;
  const held = convergence.held === 0 ? '' : `, ${convergence.held} held`;
  const numbers =
    `${convergence.inSync}/${convergence.total} in sync${held}; ` +
    `${count(written, 'instance')} written, ${count(counts.calls, 'call')}${throttled}, ${shortDuration(elapsedMs)}`;
  const named = remaining.slice(0, NAMED).map((one) => `  ${palette.bad('!')} ${remainingText(one)}\n`);
  const rest = remaining.length > NAMED ? `  and ${remaining.length - NAMED} more\n` : '';
  return `${headline(result, palette)} ${numbers}.\n${named.join('')}${rest}`;
}

function headline({ end, remaining }: Converged, palette: Palette): string {
  switch (end) {
    case 'interrupted':
      return palette.changed('Interrupted; the calls in flight were finished.');
    case 'timeout':
      return palette.bad(`Time is up; ${count(remaining.length, 'instance')} not converged.`);
    case 'done':
      return remaining.length === 0
        ? palette.good('All in sync.')
        : palette.bad(`${count(remaining.length, 'instance')} not converged.`);
    default:
      return end satisfies never;
  }
}

function remainingText({ instanceId, state, reason, message, requestId }: InstanceStatus): string {
  const request = requestId === undefined || requestId === '' ? '' : ` (request ${requestId})`;
  return `${instanceId}  ${state}  ${reason}${message === '' ? '' : `: ${visible(message)}`}${request}`;
}

function summaryData(result: Converged, counts: CallCounts): unknown {
  const { end, convergence, written, elapsedMs, remaining } = result;
  return {
    end,
    instances: convergence.total,
    inSync: convergence.inSync,
    held: convergence.held,
    written,
    calls: counts.calls,
    throttled: counts.throttled,
    elapsedMs,
    notConverged: remaining,
  };
}
