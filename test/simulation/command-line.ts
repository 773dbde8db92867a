/**
 * `apply` and `rollback` as a second process: with the state file of the engine while that is down, because only one process may hold
 * it, or with one of its own beside it. They run the same code as the commands, on the virtual clock.
 */
import { DatabaseSync } from 'node:sqlite';
import type { ConvergeMemory } from '../../src/cli/apply/converge.ts';
import { planAndConverge } from '../../src/cli/apply/plan-and-converge.ts';
import { CliError } from '../../src/cli/cli-error.ts';
import type { CommandContext } from '../../src/cli/command.ts';
import { NO_COLORS } from '../../src/cli/output/palette.ts';
import { desiredBindings } from '../../src/cli/rollback/desired-bindings.ts';
import { OwnerStatuses, presentOf, rollbackMemory } from '../../src/cli/rollback/perform-rollback.ts';
import { rollbackTarget } from '../../src/cli/rollback/rollback-target.ts';
import type { CloudWiring } from '../../src/cli/wiring/cloud-wiring.ts';
import type { DesiredState } from '../../src/cli/wiring/directory-reading.ts';
import { ClockSkew } from '../../src/cloud/clock-skew.ts';
import { createCloudProvider } from '../../src/cloud/provider.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { Tenancy } from '../../src/core/tenancy.ts';
import { readDeclarations } from '../../src/directory/declarations.ts';
import { noCommits } from '../../src/directory/git-commit.ts';
import { RevisionPoller } from '../../src/directory/revision-poller.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { LocalState } from '../../src/store/local-state.ts';
import { InventoryTable } from '../../src/store/sqlite/inventory-table.ts';
import { JournalTable } from '../../src/store/sqlite/journal-table.ts';
import { openInMemory, type StateFile } from '../../src/store/sqlite/state-file.ts';
import { credentialsOf } from './credentials-of.ts';
import { Fence } from './fence.ts';
import type { JournalTruth, Writer } from './journal-truth.ts';
import { LINK } from './memory-tree.ts';
import { watchedByJournal } from './watched-cloud.ts';
import type { World } from './world.ts';

/** A command gives up after this much, and what it had sent arrives within the time of a call. */
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 1 << 20;

export interface CommandRun {
  /** Resolves when it has ended, by itself or because it was killed. */
  readonly ended: Promise<void>;
  kill(): void;
}

/** `cvmsg apply`, with the state of the engine or one of its own. */
export function startApply(world: World, { shared }: { readonly shared: boolean }): CommandRun {
  const command = new Command(world, 'apply', shared);
  return command.run(async () => {
    const reading = await readTree(world, command.fence.clock);
    if (reading === undefined) return;
    await command.converge(reading, (state) => ({
      journal: command.journal.watch(state),
      inventory: state,
      sinks: [
        state,
        { publish: (reported) => command.journal.published(reported), remove: () => {}, previous: () => [] },
      ],
    }));
  });
}

/** `cvmsg rollback --to` a random entry of the engine's journal; the engine is down. */
export function startRollback(world: World): CommandRun {
  const command = new Command(world, 'rollback', true);
  return command.run(async () => {
    const { file } = command;
    const newest = new JournalTable(file.database, { clock: world.clock, actor: 'reader' }).newest();
    const id = world.chance.int(0, newest);
    const present = presentOf(file, {
      tenancy: new Tenancy(world.policy ?? DEFAULT_SETTINGS.policy),
      clock: command.fence.clock,
    });
    const { bindings } = desiredBindings(rollbackTarget(file, String(id)), present, []);
    world.tell(`it goes back to journal entry ${id}`);
    const owners = () => JSON.stringify([...new InventoryTable(file.database).owners()].sort());
    const before = owners();
    const statuses = new OwnerStatuses(file, present, command.fence.clock);
    await command.converge({ directory: 'rollback', revision: `journal entry ${id}`, bindings }, (state) => {
      const memory = rollbackMemory(state, statuses);
      return { ...memory, journal: command.journal.watch(memory.journal) };
    });
    if (owners() !== before) world.invariants.violate('instances have another owner after a rollback');
  });
}

class Command {
  readonly fence: Fence;
  readonly file: StateFile;
  readonly journal: JournalTruth;
  readonly #world: World;
  readonly #name: Exclude<Writer, 'engine'>;
  readonly #shared: boolean;
  readonly #seed: number;
  #forget = () => {};
  /** What it works on. */
  #ids: readonly string[] = [];

  constructor(world: World, name: Exclude<Writer, 'engine'>, shared: boolean) {
    this.#world = world;
    this.#name = name;
    this.#shared = shared;
    this.#seed = world.chance.int(1, 1 << 30);
    this.fence = new Fence(world.clock, () => world.calendarAheadMs);
    const database = shared ? world.database : new DatabaseSync(':memory:');
    this.file = openInMemory(database);
    this.journal = shared ? world.journal : world.journalOf(database, name);
    if (shared) this.journal.forgetProcess(name);
  }

  run(work: () => Promise<void>): CommandRun {
    const world = this.#world;
    world.tell(
      `${this.#name} starts, with ${this.#shared ? 'the state of the engine' : 'a state of its own'}`,
    );
    const killed = Promise.withResolvers<void>();
    const ended = Promise.race([killed.promise, work()])
      .catch((error: unknown) => {
        if (!(error instanceof CliError)) throw error;
        world.tell(`${this.#name} says: ${error.message}`);
      })
      .then(() => {
        world.tell(`${this.#name} has ended`);
        this.#forget();
        if (this.#name === 'rollback') this.journal.undone(this.#ids);
        if (this.#shared) this.journal.forgetProcess();
      });
    return {
      ended,
      kill: () => {
        world.tell(`${this.#name} is killed`);
        this.fence.kill();
        killed.resolve();
      },
    };
  }

  async converge(reading: DesiredState, memory: (state: LocalState) => ConvergeMemory): Promise<void> {
    const world = this.#world;
    const lists = [...reading.bindings.values()].flatMap(({ instanceIds, sgIds }) =>
      instanceIds.map((id) => [id, sgIds.join(' ')] as const),
    );
    this.#ids = lists.map(([id]) => id);
    this.#forget = world.invariants.commanded(new Map(lists));
    const random = seededRandom(this.#seed);
    const code = await planAndConverge(contextOf(this.#name), {
      reading,
      cloud: this.#cloud(),
      file: this.file,
      log: silentLog,
      timeoutMs: TIMEOUT_MS,
      machine: { clock: this.fence.clock, random },
      memory,
      signal: new AbortController().signal,
      onStart: () => {},
      yes: true,
      applyCommand: 'cvmsg apply',
    });
    world.tell(`${this.#name} ends with ${code}`);
  }

  #cloud(): CloudWiring {
    const world = this.#world;
    const { clock } = this.fence;
    const transport = this.fence.guard(world.wire.transport(this.#shared ? 'holder' : 'other'));
    const counts = { calls: 0, throttled: 0 };
    const provider = createCloudProvider({
      api: world.api,
      endpoint: 'http://127.0.0.1:8099',
      transport,
      credentials: credentialsOf(world.simulator, { transport, clock }),
      clock,
      random: seededRandom(this.#seed + 1),
      onCall: ({ kind }) => {
        counts.calls++;
        if (kind === 'throttled') counts.throttled++;
      },
    });
    return {
      provider: watchedByJournal(this.journal, provider, this.#shared ? world.invariants : undefined),
      ruleReaders: provider,
      counts,
      time: new ClockSkew(clock),
      [Symbol.asyncDispose]: async () => {},
    };
  }
}

/** What stands in the directory; undefined where `apply` refuses it. */
async function readTree(
  world: World,
  clock: World['clock'] | Fence['clock'],
): Promise<DesiredState | undefined> {
  const poller = new RevisionPoller({
    root: LINK,
    tree: world.tree,
    clock,
    commits: noCommits,
    maxBytes: MAX_BYTES,
  });
  const reading = await poller.look(new AbortController().signal);
  if (reading.kind !== 'revision') throw new CliError('there is no revision');
  const { snapshot, revision } = reading;
  const nowMs = clock.wall();
  const rules = DEFAULT_SETTINGS.policy;
  const declared = readDeclarations(snapshot, { revision, previous: new Map(), rules, nowMs });
  if (declared.diagnostics.length > 0) throw new CliError('the directory has findings');
  return { directory: LINK, revision, bindings: declared.bindings };
}

function contextOf(command: string): CommandContext {
  const nowhere = { write: () => true };
  const globals = {
    output: 'text',
    logLevel: 'silent',
    interval: DEFAULT_SETTINGS.sweepIntervalMs,
    readsPerSecond: DEFAULT_SETTINGS.readsPerSecond,
    writesPerSecond: DEFAULT_SETTINGS.writesPerSecond,
    traffic: 'auto',
    maxGroups: DEFAULT_SETTINGS.maxGroupsPerInstance,
  } as CommandContext['globals'];
  return {
    command,
    version: 'simulation',
    io: { stdout: nowhere, stderr: nowhere, stdin: process.stdin, env: {} },
    globals,
    given: new Map(),
    commands: [],
    palette: NO_COLORS,
  };
}
