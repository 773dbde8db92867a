/** `cvmsg plan`: what apply would change. */
import { planDigest } from '../../controller/budget/plan-digest.ts';
import { planChanges, summarize } from '../../core/plan-outcome.ts';
import { systemClock } from '../../runtime/clock.ts';
import { LocalState } from '../../store/local-state.ts';
import { StateError } from '../../store/sqlite/state-error.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { asksCluster, type ClusterFlags, refuseNamespaceAlone } from '../flags/cluster-flags.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { createLogger } from '../logging/logger.ts';
import { commandLine } from '../output/command-line.ts';
import { onStopSignals } from '../signals.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { readDirectory } from '../wiring/directory-reading.ts';
import { loadPolicy } from '../wiring/policy.ts';
import { openStateForReading } from '../wiring/state-directory.ts';
import { placedPlan } from './gather-plan.ts';
import { planExitCode } from './plan-kinds.ts';
import { gatherPlanAndTraffic } from './plan-traffic.ts';
import { refuseDiagnostics } from './refuse-diagnostics.ts';
import { renderPlan } from './show-plan.ts';
import { unreadWarnings } from './traffic-text.ts';
import { unreachableText } from './unreachable-text.ts';

interface PlanFlags extends ClusterFlags {
  readonly timeout: number;
  readonly maxRevisionMib: number;
  readonly maxLength: number;
  readonly namespace: string | undefined;
}

export async function performPlan(
  context: CommandContext,
  { args, flags }: { readonly args: readonly string[]; readonly flags: PlanFlags },
): Promise<ExitCode> {
  const { io, palette } = context;
  const [directory = ''] = args;
  if (asksCluster(flags)) {
    if (directory !== '') {
      throw new CliError(
        `a plan is for "${directory}" or for the objects of a cluster: leave one out; \`cvmsg diff ${directory} --kubernetes\` compares them`,
      );
    }
    return await (await import('./object-plan.ts')).showObjectPlan(context, flags);
  }
  refuseNamespaceAlone(flags);
  const log = createLogger(context);
  const stop = new AbortController();
  const forget = onStopSignals({
    onFirst: () => stop.abort(),
    onSecond: () => process.exit(EXIT.interrupted),
  });
  try {
    const reading = await readDirectory(directory, {
      rules: loadPolicy(context.globals.policy),
      signal: stop.signal,
      maxBytes: revisionBytes(flags),
    });
    if (await refuseDiagnostics(context, reading)) return EXIT.error;
    await using cloud = wireCloud(context, log);
    using file = stateForReading(context);
    const earlier = file && new LocalState(file, { clock: systemClock, actor: 'reader' });
    const options = { reading, cloud, log, timeoutMs: flags.timeout, signal: stop.signal, earlier };
    const gathered = await gatherPlanAndTraffic(context, options);
    const { unreachable, ...plan } = placedPlan(gathered, directory);
    const summary = summarize(plan.rows, reading.bindings.size);
    const digest = planDigest(planChanges(plan.rows));
    io.stdout.write(
      await renderPlan(
        context,
        {
          ...plan,
          summary,
          digest,
          revision: reading.revision,
          permissions: reading.permissions,
          applyCommand: commandLine(context, 'apply', directory),
          palette,
        },
        flags.maxLength,
      ),
    );
    for (const words of unreadWarnings(plan.traffic)) io.stderr.write(`warning: ${words}\n`);
    for (const one of unreachable) io.stderr.write(`error: ${unreachableText(context, one)}\n`);
    return planExitCode(summary, plan.selectionProblems);
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    forget();
  }
}

/** Undefined where there is no state, as in a pipeline, and where it cannot be read. */
function stateForReading(context: CommandContext): StateFile | undefined {
  try {
    return openStateForReading(context);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    if (error.code !== 'absent') {
      context.io.stderr.write(
        `warning: ${error.message}; so the plan does not know who owned what, and how much has changed of late\n`,
      );
    }
    return undefined;
  }
}
