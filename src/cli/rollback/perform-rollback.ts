/** `cvmsg rollback`: an earlier revision, or the lists that stood after a journal entry, as what shall be. */
import { type BindingKey, type InstanceId, isInstanceId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { DeclarationHistory } from '../../store/sqlite/declaration-history.ts';
import { DeclarationTable } from '../../store/sqlite/declaration-table.ts';
import { InventoryTable } from '../../store/sqlite/inventory-table.ts';
import { StateError } from '../../store/sqlite/state-error.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { interruptible } from '../apply/interruptible.ts';
import { planAndConverge, planFlag } from '../apply/plan-and-converge.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { createLogger } from '../logging/logger.ts';
import { commandLine } from '../output/command-line.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { refuseFile } from '../wiring/source-directory.ts';
import { openState, openStateForReading } from '../wiring/state-directory.ts';
import { desiredBindings } from './desired-bindings.ts';
import { OwnerStatuses } from './owner-statuses.ts';
import type { Present } from './present.ts';
import { rollbackMemory } from './rollback-memory.ts';
import { aboutTarget, type RollbackTarget, rollbackTarget, targetText } from './rollback-target.ts';
import { writeDocuments } from './write-documents.ts';

type RollbackFlags = {
  readonly to: Flag<string | undefined>;
  readonly instance: Flag<readonly string[]>;
  readonly yes: Flag<boolean>;
  readonly write: Flag<string | undefined>;
  readonly plan: Flag<string | undefined>;
  readonly timeout: Flag<number>;
};

export async function performRollback(
  context: CommandContext,
  { flags }: CommandInput<RollbackFlags>,
): Promise<ExitCode> {
  const { to } = flags;
  if (to === undefined) {
    throw new CliError(
      '--to: name a revision (`cvmsg history --revisions`) or a journal id (`cvmsg history`)',
    );
  }
  const approvedDigest = planFlag(flags.plan);
  const wanted = flags.instance.map(instanceId);
  if (flags.write !== undefined) {
    refuseFile(flags.write, '--write');
    using file = openStateForReading(context);
    const target = rollbackTarget(file, to);
    return writeDocuments(context, { target, present: presentOf(file), wanted, directory: flags.write });
  }
  return interruptible(context, async (interruption) => {
    const log = createLogger(context);
    // Taken before the question, so that nobody is asked in vain.
    using file = openForRollback(context);
    const target = rollbackTarget(file, to);
    const present = presentOf(file);
    const bindings = desiredBindings(target, present, wanted);
    await using cloud = wireCloud(context, log);
    context.io.stderr.write(
      `Back to ${targetText(target)}. Git stays the truth: a controller or an apply that follows the declared revision writes its lists again; --write DIR writes the documents that make this last.\n`,
    );
    return await planAndConverge(context, {
      ...interruption,
      reading: { directory: 'rollback', revision: revisionOf(target), bindings },
      cloud,
      file,
      log,
      yes: flags.yes,
      timeoutMs: flags.timeout,
      memory: (state) => rollbackMemory(state, new OwnerStatuses(file, present)),
      about: { rollback: aboutTarget(target) },
      approvedDigest,
      applyCommand: commandLine(
        context,
        'rollback',
        ...['--to', to],
        ...wanted.flatMap((id) => ['--instance', id]),
      ),
    });
  });
}

/** @throws CliError that tells the other way when a controller holds the state. */
function openForRollback(context: CommandContext): StateFile {
  try {
    return openState(context);
  } catch (error) {
    if (!(error instanceof StateError) || error.code !== 'held') throw error;
    throw new CliError(
      `${error.message}; or let that process bring the lists back: --write DIR writes the documents for the directory that it follows`,
    );
  }
}

function revisionOf(target: RollbackTarget): string {
  return target.kind === 'journal' ? `journal entry ${target.id}` : target.revision.revision;
}

function instanceId(text: string): InstanceId {
  if (isInstanceId(text)) return text;
  throw new CliError(`--instance: Expected an instance id such as ins-4q118hl2, got "${text}"`);
}

/** The fleet as the state knows it now: what is declared, and who owns which instance. */
export function presentOf({ database }: StateFile, clock: Pick<Clock, 'wall'> = systemClock): Present {
  const recorded = new DeclarationHistory(database).at(Number.MAX_SAFE_INTEGER);
  // A state of an older cvmsg has only what was declared last.
  const rows = recorded.length > 0 ? recorded : new DeclarationTable(database).all();
  return {
    declared: new Map(rows.map(({ binding, body }) => [binding as BindingKey, JSON.parse(body) as Binding])),
    owners: new InventoryTable(database).owners() as Map<InstanceId, BindingKey>,
    wallMs: clock.wall(),
  };
}
