/** What the demo is a script over: `cvmsg simulate`, `cvmsg run` on a folder of samples, and what `cvmsg get` reads of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Diagnostic } from '../../api/diagnostic.ts';
import { type StoredBinding, storedBindings, storedSource } from '../../manager/stored-state.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { systemClock } from '../../runtime/clock.ts';
import { systemRandom } from '../../runtime/random.ts';
import { startServer } from '../../simulator/server.ts';
import { createSimulator, type Simulator } from '../../simulator/simulator.ts';
import { openForReading, openForWriting, type StateFile } from '../../store/sqlite/state-file.ts';
import type { CommandContext } from '../command.ts';
import { resolveFlags } from '../flags/resolve-flags.ts';
import { run } from '../run/command.ts';
import { performRun } from '../run/perform-run.ts';
import { actor } from '../wiring/state-directory.ts';
import { demoFleet, writeSamples } from './demo-fleet.ts';

export interface Demo extends AsyncDisposable {
  readonly simulator: Simulator;
  /** Where the simulated cloud listens. */
  readonly url: string;
  readonly source: string;
  readonly stateDir: string;
  /** The state that `run` keeps there, for reading. */
  readonly file: StateFile;
  /** With what `run` was started. */
  readonly asRun: CommandContext;
  /** The last lines of its log, as JSON. */
  readonly events: readonly string[];
  /** Rejects when it cannot go on. */
  readonly running: Promise<unknown>;
}

const KEPT_EVENTS = 200;

/** Starts everything; disposing it stops everything and removes the temporary folder. */
export async function openDemo(
  context: CommandContext,
  { source, checkEveryMs }: { readonly source: string | undefined; readonly checkEveryMs: number },
): Promise<Demo> {
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-demo-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  const [bindings, stateDir] = [resolve(source ?? join(folder, 'bindings')), join(folder, 'state')];
  writeSamples(bindings);
  const ports = { clock: systemClock, random: systemRandom };
  const simulator = createSimulator({ ...ports, fleet: demoFleet(), latencyMs: 15 });
  const server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
  opened.defer(() => server.close());
  const events: string[] = [];
  const write = (line: string) => events.splice(0, events.push(line) - KEPT_EVENTS);
  const [key] = simulator.credentials;
  const env = { TENCENTCLOUD_SECRET_ID: key?.secretId, TENCENTCLOUD_SECRET_KEY: key?.secretKey };
  // What the configuration says of a real cloud, and of people who follow it, has nothing to do with this one.
  const unused = {
    rootDomain: undefined,
    caFile: undefined,
    credentialsFile: undefined,
    notifyConfig: undefined,
  };
  const given = { ...unused, endpoint: server.url, interval: checkEveryMs, stateDir };
  const asRun: CommandContext = {
    ...context,
    io: { ...context.io, stderr: { write }, env },
    globals: { ...context.globals, ...given, logLevel: 'info', logFormat: 'json' },
    notify: undefined,
  };
  // So that it can be read from the beginning.
  openForWriting(stateDir, { owner: actor(context), clock: systemClock }).close();
  const file = opened.use(openForReading(stateDir));
  const follow = new Map([['source', [bindings]]]);
  const flags = resolveFlags(run.flags, { given: follow, env: {}, config: new Map() });
  const stop = Promise.withResolvers<NodeJS.Signals>();
  const running = performRun(asRun, { flags }, ({ onFirst }) => {
    void stop.promise.then(onFirst);
    return () => {};
  });
  opened.defer(async () => {
    stop.resolve('SIGTERM');
    await running.catch(() => {});
  });
  const owned = opened.move();
  const dispose = () => owned.disposeAsync();
  const parts = { simulator, url: server.url, source: bindings, stateDir, file, asRun, events, running };
  return { ...parts, [Symbol.asyncDispose]: dispose };
}

export interface DemoReading {
  /** What `cvmsg get` lists, by key. */
  readonly bindings: readonly StoredBinding[];
  readonly statuses: readonly BindingStatus[];
  /** Why something in the newest revision is not in force. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether every declared binding has a status, and all of them were read back in order. */
  readonly allInSync: boolean;
}

export function readDemo({ file }: Pick<Demo, 'file'>): DemoReading {
  const bindings = storedBindings(file);
  const statuses = bindings.map(({ status }) => status);
  const record = storedSource(file)?.record;
  const diagnostics = record?.diagnostics.filter(({ severity }) => severity === 'error') ?? [];
  const isInSync = statuses.every((one) => one.inSyncCount === one.instanceCount);
  const allInSync = record !== undefined && statuses.length >= record.bindings && isInSync;
  return { bindings, statuses, diagnostics, allInSync };
}
