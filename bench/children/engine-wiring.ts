/** The engine as a process of its own: directory, both dispatchers, real sockets, and a state file on disk. */

import { createCredentialsProvider } from '../../src/cloud/credentials/provider.ts';
import { createCloudProvider } from '../../src/cloud/provider.ts';
import { createUndiciTransport } from '../../src/cloud/undici-transport.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { DirectorySource } from '../../src/directory/directory-source.ts';
import { diskTree } from '../../src/directory/file-tree.ts';
import { chokidarWatch } from '../../src/directory/watcher.ts';
import { createController } from '../../src/manager/create-controller.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type Log, silentLog } from '../../src/runtime/log.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { LocalState } from '../../src/store/local-state.ts';
import { CommitTable } from '../../src/store/sqlite/commit-table.ts';
import { DeclarationTable } from '../../src/store/sqlite/declaration-table.ts';
import { openForWriting } from '../../src/store/sqlite/state-file.ts';
import { answer, givenOptions } from './child.ts';
import type { SimulatorAddress } from './simulator.ts';

export interface EngineOptions extends SimulatorAddress {
  readonly root: string;
  readonly stateDir: string;
  readonly api: 'v2' | 'v3';
}

export interface MemoryUse {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** What V8 keeps for its heap, used or not. */
  readonly heapHeldBytes: number;
  /** Buffers outside the heap. */
  readonly externalBytes: number;
  readonly peakRssBytes: number;
}

/** Sweeps come when they are asked for. */
const NEVER_MS = 24 * 3600 * 1000;

const options = givenOptions<EngineOptions>();
const clock = systemClock;
const loud = (_: object, message: string) => void process.stderr.write(`engine: ${message}\n`);
const log: Log = { ...silentLog, warn: loud, error: loud };
const transport = createUndiciTransport({ clock, env: {} });
const credentials = createCredentialsProvider({
  env: { TENCENTCLOUD_SECRET_ID: options.secretId, TENCENTCLOUD_SECRET_KEY: options.secretKey },
  transport: transport.send,
  clock,
});
const state = openForWriting(options.stateDir, { owner: 'bench', clock });
const local = new LocalState(state, { clock, actor: 'bench' });
const controller = createController({
  sources: [
    new DirectorySource({
      root: options.root,
      tree: diskTree,
      clock,
      log,
      store: new DeclarationTable(state.database),
      commits: new CommitTable(state.database),
      watch: chokidarWatch,
    }),
  ],
  sinks: [local],
  cloud: {
    provider: createCloudProvider({
      api: options.api,
      endpoint: options.url,
      transport: transport.send,
      credentials,
      clock,
      random: systemRandom,
    }),
  },
  memory: { journal: local, inventory: local },
  settings: { ...DEFAULT_SETTINGS, sweepIntervalMs: NEVER_MS },
  clock,
  random: systemRandom,
  log,
});
const stop = new AbortController();
const ended = controller.run(stop.signal);

answer({
  inSync: () => [...controller.statusView.statuses()].filter((status) => status.state === 'InSync').length,
  sweep: () => {
    for (const scope of controller.scopes) scope.sweep();
  },
  waiting: () =>
    [...controller.scopes].reduce(
      (sum, { dispatchers }) => sum + dispatchers.read.depth + dispatchers.write.depth,
      0,
    ),
  memory: (): MemoryUse => {
    globalThis.gc?.();
    globalThis.gc?.();
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    return {
      rssBytes: rss,
      heapBytes: heapUsed,
      heapHeldBytes: heapTotal,
      externalBytes: external,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  },
  stop: async () => {
    stop.abort(new Error('stopped'));
    await ended;
    await transport.close();
    state.close();
  },
});
