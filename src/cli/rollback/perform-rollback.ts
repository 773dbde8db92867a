/** `cvmsg rollback`: an earlier revision, or the lists that stood after a journal entry, as what shall be. */

import type { Condition } from '../../api/conditions.ts';
import { type BindingKey, type InstanceId, isInstanceId, partsOf } from '../../api/ids.ts';
import { inSyncCount, report } from '../../core/binding-conditions.ts';
import { differenceText } from '../../core/difference.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import type { Binding } from '../../core/model.ts';
import { plan } from '../../core/plan.ts';
import { Tenancy } from '../../core/tenancy.ts';
import { someOf } from '../../core/text/words.ts';
import type { BindingStatus, Sink } from '../../ports/status.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import type { LocalState } from '../../store/local-state.ts';
import { DeclarationHistory } from '../../store/sqlite/declaration-history.ts';
import { DeclarationTable } from '../../store/sqlite/declaration-table.ts';
import { InventoryTable } from '../../store/sqlite/inventory-table.ts';
import { StateError } from '../../store/sqlite/state-error.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { StatusTable } from '../../store/sqlite/status-table.ts';
import type { ConvergeMemory } from '../apply/converge.ts';
import { interruptible } from '../apply/interruptible.ts';
import { planAndConverge, planFlag } from '../apply/plan-and-converge.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { createLogger } from '../logging/logger.ts';
import { commandLine } from '../output/command-line.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { loadPolicy } from '../wiring/policy.ts';
import { refuseFile } from '../wiring/source-directory.ts';
import { openState, openStateForReading } from '../wiring/state-directory.ts';
import { desiredBindings, wholeKey } from './desired-bindings.ts';
import type { Present } from './present.ts';
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
  const tenancy = new Tenancy(loadPolicy(context.globals.policy));
  if (flags.write !== undefined) {
    refuseFile(flags.write, '--write');
    using file = openStateForReading(context);
    const target = rollbackTarget(file, to);
    return writeDocuments(context, {
      target,
      present: presentOf(file, { tenancy }),
      wanted,
      directory: flags.write,
    });
  }
  return interruptible(context, async (interruption) => {
    const log = createLogger(context);
    // Taken before the question, so that nobody is asked in vain.
    using file = openForRollback(context);
    const target = rollbackTarget(file, to);
    const present = presentOf(file, { tenancy });
    const { bindings, left } = desiredBindings(target, present, wanted);
    await using cloud = wireCloud(context, log);
    context.io.stderr.write(
      `Back to ${targetText(target)}. Git stays the truth: a controller or an apply that follows the declared revision writes its lists again; --write DIR writes the documents that make this last.\n${leftAloneText(left)}`,
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

/** '' when nothing is left alone. */
function leftAloneText(left: ReadonlyMap<InstanceId, Binding>): string {
  const ids = Map.groupBy(left.keys(), (id) => left.get(id)?.key);
  const lines = [...ids].map(
    ([key, some]) =>
      `Left alone, because ${key} is suspended or observes only, and may own ${some.length === 1 ? 'it' : 'them'} now: ${someOf(some)}\n`,
  );
  return lines.join('');
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
export function presentOf(
  file: StateFile,
  { tenancy, clock = systemClock }: { readonly tenancy: Tenancy; readonly clock?: Pick<Clock, 'wall'> },
): Present {
  const recorded = new DeclarationHistory(file.database).at(Number.MAX_SAFE_INTEGER);
  // A state of an older cvmsg has only what was declared last.
  const rows = recorded.length > 0 ? recorded : new DeclarationTable(file.database).all();
  return {
    declared: new Map(rows.map(({ binding, body }) => [binding as BindingKey, JSON.parse(body) as Binding])),
    owners: new InventoryTable(file.database).owners() as Map<InstanceId, BindingKey>,
    tenancy,
    wallMs: clock.wall(),
  };
}

/**
 * What a rollback remembers: every write, with its cause, and nothing else. It owns no instance, lets none go, owes
 * nothing, and tells only the owners what was read of their instances.
 */
export function rollbackMemory(state: LocalState, statuses: Sink): ConvergeMemory {
  const owners = state.owners();
  return {
    sinks: [statuses],
    journal: {
      intend: (intents) =>
        state.intend(
          intents.map((intent) => ({
            ...intent,
            cause: 'rolled-back',
            binding: owners.get(intent.instanceId) ?? wholeKey(intent.binding),
          })),
        ),
      conclude: (ids, conclusion) => state.conclude(ids, conclusion),
      verified: (id, observed) => state.verified(id, observed),
      open: (sinceMs) => state.open(sinceMs),
      recent: (sinceMs) => state.recent(sinceMs),
    },
    inventory: {
      owners: () => owners,
      ownerPages: () => [owners],
      own: () => {},
      // A list that is seen before a first write is worth keeping only for who owns the instance.
      keepOriginal: (originals) => state.keepOriginal([...originals].filter(([id]) => owners.has(id))),
      original: (id) => state.original(id),
      pendingRestores: () => [],
      setPendingRestores: () => {},
    },
  };
}

/**
 * Tells the owners of rolled back instances what was read of them: their stored statuses would otherwise go on saying
 * that the declared list is there. The rollback's own bindings are nobody's declaration and are not told of.
 */
export class OwnerStatuses implements Sink {
  readonly #statuses: StatusTable;
  readonly #present: Present;
  readonly #clock: Clock;

  constructor({ database }: StateFile, present: Present, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#statuses = new StatusTable(database);
    this.#present = present;
  }

  publish(statuses: readonly BindingStatus[]): void {
    const read = statuses.flatMap(({ instances }) => instances.filter(({ state }) => state === 'InSync'));
    const byOwner = Map.groupBy(read, ({ instanceId }) => this.#present.owners.get(instanceId));
    const wallMs = this.#clock.wall();
    const reported = [...byOwner].flatMap(
      ([owner, instances]) => this.#reported(owner, instances, wallMs) ?? [],
    );
    if (reported.length > 0) this.#statuses.put(reported, wallMs);
  }

  remove(): void {}

  previous(): readonly Condition[] {
    return [];
  }

  #reported(owner: BindingKey | undefined, read: readonly InstanceStatus[], wallMs: number) {
    const row = owner === undefined ? undefined : this.#statuses.get(owner);
    if (owner === undefined || row === undefined) return undefined;
    const stored = JSON.parse(row.body) as BindingStatus;
    const back = new Map(read.map((one) => [one.instanceId, one]));
    const instances = stored.instances.map((one) => asOwnerSees(stored, one, back));
    const binding = this.#present.declared.get(owner) ?? bareBinding(stored);
    const conditions = report({ binding, instances, previous: stored.conditions, wallMs });
    const status: BindingStatus = {
      ...stored,
      instances,
      conditions,
      inSyncCount: inSyncCount(instances),
      lastWriteMs: Math.max(stored.lastWriteMs ?? 0, ...read.map(({ lastWriteMs = 0 }) => lastWriteMs)),
    };
    const { instanceCount, inSyncCount: inSync } = status;
    return { binding: owner, inSync, instances: instanceCount, body: JSON.stringify(status) };
  }
}

function asOwnerSees(
  { sgIds: desired }: BindingStatus,
  before: InstanceStatus,
  back: ReadonlyMap<InstanceId, InstanceStatus>,
): InstanceStatus {
  const read = back.get(before.instanceId);
  if (read?.sgIds === undefined) return before;
  const steps = plan(read.sgIds, desired);
  if (steps.length === 0) return read;
  const message = `${differenceText(steps, desired)}; it was rolled back`;
  return { ...read, state: 'Drifted', reason: 'Drifted', message };
}

function bareBinding({ key, scope, sgIds, origin }: BindingStatus): Binding {
  const { namespace, name } = partsOf(key);
  return { key, namespace, name, scope, instanceIds: [], sgIds, mode: 'Enforce', suspend: false, origin };
}
