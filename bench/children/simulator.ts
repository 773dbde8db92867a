/** The simulated cloud as a process of its own, over loopback HTTP. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { systemClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { WRITE_ACTIONS } from '../../src/simulator/quotas.ts';
import { startServer } from '../../src/simulator/server.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { momentMs } from '../moment.ts';
import { fleetOf, type Workload } from '../workload.ts';
import { answer, givenOptions } from './child.ts';

export interface SimulatorAddress {
  readonly url: string;
  readonly secretId: string;
  readonly secretKey: string;
}

export interface CallSummary {
  readonly reads: number;
  readonly writes: number;
  readonly throttled: number;
  readonly peakReads: number;
  readonly peakWrites: number;
  readonly firstCallMs: number;
  /** When the last list was changed. */
  readonly lastAppliedMs: number;
  /** Lists that were changed. */
  readonly applied: number;
}

/** Round trip of every call. */
const LATENCY_MS = 30;

const simulator = createSimulator({
  clock: systemClock,
  random: seededRandom(3),
  fleet: fleetOf(givenOptions<Workload>()),
  latencyMs: LATENCY_MS,
});
/** When the request that is being served came in. */
const arrival = new AsyncLocalStorage<number>();
const handle: Simulator['handle'] = (request) => arrival.run(momentMs(), () => simulator.handle(request));
const server = await startServer({ ...simulator, handle }, { listen: { host: '127.0.0.1', port: 0 } });
const key = simulator.credentials[0];

let applied = 0;
let firstCallMs = 0;
let lastAppliedMs = 0;
let watched = Promise.withResolvers<number>();
let watchedId = '';

simulator.state.onChange(({ timeMs }) => {
  applied++;
  lastAppliedMs = timeMs;
});
simulator.calls.onCall(({ timeMs, action, instanceIds }) => {
  if (firstCallMs === 0) firstCallMs = timeMs;
  const atMs = arrival.getStore();
  if (atMs !== undefined && WRITE_ACTIONS.has(action) && instanceIds.includes(watchedId))
    watched.resolve(atMs);
});

const sum = (of: (action: string) => number) =>
  [...WRITE_ACTIONS].reduce((total, action) => total + of(action), 0);

answer({
  address: (): SimulatorAddress => ({
    url: server.url,
    secretId: key?.secretId ?? '',
    secretKey: key?.secretKey ?? '',
  }),
  applied: () => applied,
  summary: (): CallSummary => ({
    reads: simulator.calls.count('DescribeInstances'),
    writes: sum((action) => simulator.calls.count(action)),
    throttled: simulator.calls.throttled,
    peakReads: simulator.calls.peakPerWindow('DescribeInstances'),
    peakWrites: Math.max(...[...WRITE_ACTIONS].map((action) => simulator.calls.peakPerWindow(action))),
    firstCallMs,
    lastAppliedMs,
    applied,
  }),
  clear: () => {
    simulator.calls.clear();
    applied = 0;
    firstCallMs = 0;
  },
  /** The next write of this instance is the one that `written` waits for. */
  watch: (instanceId: string) => {
    watchedId = instanceId;
    watched = Promise.withResolvers();
  },
  /** The moment at which it came in. */
  written: () => watched.promise,
});
