/** `cvmsg apply`: a directory's revision as what shall be. */
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { createLogger } from '../logging/logger.ts';
import { refuseFindings } from '../plan/refuse-findings.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { readDirectory } from '../wiring/directory-reading.ts';
import { loadPolicy } from '../wiring/policy.ts';
import { actor, openState } from '../wiring/state-directory.ts';
import { interruptible } from './interruptible.ts';
import { planAndConverge, refuseWrongDigest } from './plan-and-converge.ts';
import { recordReading } from './record-reading.ts';

type ApplyFlags = {
  readonly yes: Flag<boolean>;
  readonly plan: Flag<string | undefined>;
  readonly timeout: Flag<number>;
  readonly maxRevisionMib: Flag<number>;
};

export function performApply(
  context: CommandContext,
  { args, flags }: CommandInput<ApplyFlags>,
): Promise<ExitCode> {
  refuseWrongDigest(flags.plan);
  return interruptible(context, async (interruption) => {
    const log = createLogger(context);
    const reading = await readDirectory(args[0] ?? '.', {
      rules: loadPolicy(context.globals.policy),
      signal: interruption.signal,
      maxBytes: revisionBytes(flags),
    });
    if (await refuseFindings(context, reading)) return EXIT.error;
    await using cloud = wireCloud(context, log);
    // Taken before the question, so that nobody is asked in vain.
    using file = openState(context);
    return await planAndConverge(context, {
      ...interruption,
      reading,
      cloud,
      file,
      log,
      yes: flags.yes,
      approvedDigest: flags.plan,
      timeoutMs: flags.timeout,
      onGo: () => recordReading(file, reading, actor(context)),
    });
  });
}
