/** `cvmsg plan`: what apply would change. */
import { planDigest } from '../../controller/budget/plan-digest.ts';
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { createLogger } from '../logging/logger.ts';
import { onStopSignals } from '../signals.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { readDirectory } from '../wiring/directory-reading.ts';
import { loadPolicy } from '../wiring/policy.ts';
import { gatherPlan } from './gather-plan.ts';
import { planChanges } from './plan-changes.ts';
import { planExitCode, summarize } from './plan-outcome.ts';
import { refuseFindings } from './refuse-findings.ts';
import { renderPlan } from './show-plan.ts';
import { unreachableText } from './unreachable-text.ts';

export async function performPlan(
  context: CommandContext,
  { args, flags }: CommandInput<{ timeout: Flag<number>; maxRevisionMib: Flag<number> }>,
): Promise<ExitCode> {
  const { io, palette } = context;
  const log = createLogger(context);
  const stop = new AbortController();
  const forget = onStopSignals({
    onFirst: () => stop.abort(),
    onSecond: () => process.exit(EXIT.interrupted),
  });
  try {
    const reading = await readDirectory(args[0] ?? '.', {
      rules: loadPolicy(context.globals.policy),
      signal: stop.signal,
      maxBytes: revisionBytes(flags),
    });
    if (await refuseFindings(context, reading)) return EXIT.error;
    await using cloud = wireCloud(context, log);
    const options = { reading, cloud, log, timeoutMs: flags.timeout, signal: stop.signal };
    const { unreachable, ...plan } = await gatherPlan(context, options);
    const summary = summarize(plan.rows, reading.bindings.size);
    const digest = planDigest(planChanges(plan.rows));
    io.stdout.write(
      await renderPlan(context, {
        ...plan,
        summary,
        digest,
        revision: reading.revision,
        permissions: reading.permissions,
        palette,
      }),
    );
    for (const one of unreachable) io.stderr.write(`error: ${unreachableText(context, one)}\n`);
    return planExitCode(summary, plan.selectionProblems);
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    forget();
  }
}
