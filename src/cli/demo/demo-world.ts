/** The whole demo in one process: a simulated cloud on a socket, a directory, a state, and the controller between them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Controller } from '../../controller/controller.ts';
import { DirectorySource } from '../../directory/directory-source.ts';
import { diskTree } from '../../directory/file-tree.ts';
import { chokidarWatch } from '../../directory/watcher.ts';
import { createController } from '../../manager/create-controller.ts';
import { SourceRecorder } from '../../manager/source-recorder.ts';
import type { RuleReaders } from '../../ports/rules.ts';
import { systemClock } from '../../runtime/clock.ts';
import { systemRandom } from '../../runtime/random.ts';
import { startServer } from '../../simulator/server.ts';
import { createSimulator, type Simulator } from '../../simulator/simulator.ts';
import { LocalState } from '../../store/local-state.ts';
import { CommitTable } from '../../store/sqlite/commit-table.ts';
import { DeclarationTable } from '../../store/sqlite/declaration-table.ts';
import { JournalTable } from '../../store/sqlite/journal-table.ts';
import { openForWriting, type StateFile } from '../../store/sqlite/state-file.ts';
import type { CommandContext } from '../command.ts';
import { type CloudWiring, wireCloud } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import { actor } from '../wiring/state-directory.ts';
import { demoFleet, writeSamples } from './demo-fleet.ts';
import { EventLog } from './event-log.ts';
import { StatusBoard } from './status-board.ts';

export interface DemoWorld extends AsyncDisposable {
  readonly simulator: Simulator;
  /** Where the simulated cloud listens. */
  readonly url: string;
  readonly source: string;
  readonly stateDir: string;
  readonly board: StatusBoard;
  readonly events: EventLog;
  readonly journal: JournalTable;
  readonly ruleReaders: RuleReaders;
  /** Rejects when the controller cannot go on. */
  readonly running: Promise<void>;
}

export interface DemoWorldOptions {
  readonly source: string | undefined;
  /** Time between two checks of every instance. */
  readonly checkEveryMs: number;
}

/** Starts everything; disposing it stops everything and removes the temporary folder. */
export async function openDemoWorld(context: CommandContext, options: DemoWorldOptions): Promise<DemoWorld> {
  const resources = new AsyncDisposableStack();
  try {
    const folder = mkdtempSync(join(tmpdir(), 'cvmsg-demo-'));
    resources.defer(() => rmSync(folder, { recursive: true, force: true }));
    const source = options.source === undefined ? join(folder, 'bindings') : resolve(options.source);
    writeSamples(source);
    const simulator = createSimulator({ ...PORTS, fleet: demoFleet(), latencyMs: 15 });
    const server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
    resources.defer(() => server.close());
    const events = new EventLog(systemClock);
    const globals = demoGlobals(context, server.url, options);
    const env = keysOf(simulator);
    const cloud = resources.use(wireCloud({ globals, io: { ...context.io, env } }, events));
    const stateDir = join(folder, 'state');
    const owner = actor(context);
    const file = resources.use(openForWriting(stateDir, { owner, clock: systemClock }));
    const board = new StatusBoard();
    const controller = makeController({ globals, source, cloud, file, owner, board, events });
    const stop = new AbortController();
    const running = controller.run(stop.signal);
    resources.defer(async () => {
      stop.abort(new Error('the demo ends'));
      await running.catch(() => {});
    });
    const journal = new JournalTable(file.database, { clock: systemClock, actor: owner });
    const owned = resources.move();
    const dispose = () => owned.disposeAsync();
    const { ruleReaders } = cloud;
    const world = {
      simulator,
      url: server.url,
      source,
      stateDir,
      board,
      events,
      journal,
      ruleReaders,
      running,
    };
    return { ...world, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

const PORTS = { clock: systemClock, random: systemRandom };

function demoGlobals(
  { globals }: CommandContext,
  endpoint: string,
  { checkEveryMs }: DemoWorldOptions,
): CommandContext['globals'] {
  return { ...globals, endpoint, credentialsFile: undefined, interval: checkEveryMs };
}

/** The environment that holds the keys of a simulated cloud. */
function keysOf({ credentials: [key] }: Simulator): CommandContext['io']['env'] {
  return { TENCENTCLOUD_SECRET_ID: key?.secretId, TENCENTCLOUD_SECRET_KEY: key?.secretKey };
}

interface DemoParts {
  readonly globals: CommandContext['globals'];
  readonly source: string;
  readonly cloud: CloudWiring;
  readonly file: StateFile;
  /** Who writes. */
  readonly owner: string;
  readonly board: StatusBoard;
  readonly events: EventLog;
}

function makeController({ globals, source, cloud, file, owner, board, events }: DemoParts): Controller {
  const state = new LocalState(file, { clock: systemClock, actor: owner });
  const settings = { ...controllerSettings(globals), reportEveryMs: 100 };
  const directory = new DirectorySource({
    root: source,
    tree: diskTree,
    clock: systemClock,
    log: events,
    store: new DeclarationTable(file.database),
    commits: new CommitTable(file.database),
    rules: settings.policy,
    watch: chokidarWatch,
  });
  const recorder = new SourceRecorder(file, {
    clock: systemClock,
    log: events,
    source: directory,
    by: owner,
    checkEveryMs: globals.interval,
  });
  return createController({
    ...PORTS,
    sources: [directory],
    sinks: [state, board],
    cloud,
    memory: { journal: state, inventory: state },
    settings,
    log: events,
    onRevision: (_, report) => {
      board.declare(report);
      return recorder.revision(report);
    },
    onProblem: (_, problem) => recorder.problem(problem),
  });
}
