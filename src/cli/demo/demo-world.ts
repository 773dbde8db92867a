/** The whole demo in one process: a simulated cloud on a socket, a directory, a state, and the controller between them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Controller } from '../../controller/controller.ts';
import { systemClock } from '../../runtime/clock.ts';
import { systemRandom } from '../../runtime/random.ts';
import { startServer } from '../../simulator/server.ts';
import { createSimulator, type Simulator } from '../../simulator/simulator.ts';
import { LocalState } from '../../sinks/local-state.ts';
import { DirectorySource } from '../../sources/directory/directory-source.ts';
import { diskTree } from '../../sources/directory/file-tree.ts';
import { chokidarWatch } from '../../sources/directory/watcher.ts';
import { CommitTable } from '../../state/commit-table.ts';
import { DeclarationTable } from '../../state/declaration-table.ts';
import { JournalTable } from '../../state/journal-table.ts';
import { openForWriting } from '../../state/state-file.ts';
import type { CommandContext } from '../commands/command.ts';
import { ToldJournal } from '../logging/told-journal.ts';
import { SourceNarrator } from '../run/source-narrator.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import { actor } from '../wiring/state-directory.ts';
import { demoFleet } from './demo-fleet.ts';
import { EventLog } from './event-log.ts';
import { writeSamples } from './samples.ts';
import { VerdictBoard } from './verdict-board.ts';

export interface DemoWorld extends AsyncDisposable {
  readonly simulator: Simulator;
  /** Where the simulated cloud listens. */
  readonly url: string;
  readonly source: string;
  readonly stateDir: string;
  readonly board: VerdictBoard;
  readonly events: EventLog;
  readonly journal: JournalTable;
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
    const ports = { clock: systemClock, random: systemRandom };
    const simulator = createSimulator({ ...ports, fleet: demoFleet(), latencyMs: 15 });
    const server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
    resources.defer(() => server.close());
    const events = new EventLog(systemClock);
    const [key] = simulator.credentials;
    const env = { TENCENTCLOUD_SECRET_ID: key?.secretId, TENCENTCLOUD_SECRET_KEY: key?.secretKey };
    const globals = {
      ...context.globals,
      endpoint: server.url,
      credentialsFile: undefined,
      interval: options.checkEveryMs,
    };
    const cloud = resources.use(wireCloud({ globals, io: { ...context.io, env } }, events));
    const stateDir = join(folder, 'state');
    const file = resources.use(openForWriting(stateDir, { owner: actor(context), clock: systemClock }));
    const state = new LocalState(file, { clock: systemClock, actor: actor(context) });
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
    const narrator = new SourceNarrator(file, {
      clock: systemClock,
      log: events,
      source: directory,
      by: actor(context),
      checkEveryMs: options.checkEveryMs,
    });
    const board = new VerdictBoard();
    const controller = new Controller({
      ...ports,
      sources: [directory],
      sinks: [state, board],
      cloud: cloud.provider,
      journal: new ToldJournal(state, events),
      inventory: state,
      settings,
      log: events,
      onRevision: (_, report) => {
        board.declare(report);
        narrator.revision(report);
      },
      onProblem: (_, problem) => narrator.problem(problem),
    });
    const stop = new AbortController();
    const running = controller.run(stop.signal);
    resources.defer(async () => {
      stop.abort(new Error('the demo ends'));
      await running.catch(() => {});
    });
    const journal = new JournalTable(file.database, { clock: systemClock, actor: actor(context) });
    const owned = resources.move();
    const dispose = () => owned.disposeAsync();
    return {
      simulator,
      url: server.url,
      source,
      stateDir,
      board,
      events,
      journal,
      running,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}
