/** `cvmsg apply`: a directory's revision as what shall be. */

import { resolve } from 'node:path';
import type { CommitWords } from '../../manager/revision-record.ts';
import { recordRevision } from '../../manager/revision-record.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import type { CommandContext, CommandInput } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { commitWords } from '../git/commit-words.ts';
import { createLogger } from '../logging/logger.ts';
import { commandLine } from '../output/command-line.ts';
import { refuseDiagnostics } from '../plan/refuse-diagnostics.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { type DirectoryReading, readDirectory } from '../wiring/directory-reading.ts';
import { loadPolicy } from '../wiring/policy.ts';
import { actor, openState } from '../wiring/state-directory.ts';
import { interruptible } from './interruptible.ts';
import { planAndConverge, planFlag } from './plan-and-converge.ts';

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
  const approvedDigest = planFlag(flags.plan);
  const directory = args[0] ?? '.';
  return interruptible(context, async (interruption) => {
    const log = createLogger(context);
    const reading = await readDirectory(directory, {
      rules: loadPolicy(context.globals.policy),
      signal: interruption.signal,
      maxBytes: revisionBytes(flags),
    });
    if (await refuseDiagnostics(context, reading)) return EXIT.error;
    const commit = await commitWords(reading.revision, resolve(reading.directory));
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
      approvedDigest,
      applyCommand: commandLine(context, 'apply', directory),
      timeoutMs: flags.timeout,
      onGo: () => recordReading(file, reading, { by: actor(context), commit }),
    });
  });
}

/** Remembers which revision of a directory was applied and what it declares. */
function recordReading(
  file: StateFile,
  reading: DirectoryReading,
  { by, commit }: { readonly by: string; readonly commit: CommitWords | undefined },
): void {
  recordRevision(file, {
    revision: reading.revision,
    bindings: reading.bindings.values(),
    nowMs: systemClock.wall(),
    record: {
      source: resolve(reading.directory),
      by,
      files: reading.files,
      documents: reading.documents,
      bindings: reading.bindings.size,
      skipped: reading.skipped,
      diagnostics: reading.diagnostics,
      diagnosticCount: reading.diagnostics.length,
      retained: [],
      added: 0,
      changed: 0,
      removed: 0,
      ...(commit === undefined ? {} : { commit }),
    },
  });
}
