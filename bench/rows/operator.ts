/**
 * The operator on a real API server, held against a conventional Go operator (controller-runtime with its defaults, ten
 * workers, one read and one write for each binding, the vendor's SDK) as it was measured on a machine of the same size.
 */
import { systemClock } from '../../src/runtime/clock.ts';
import { controlPlaneIsAvailable, WHY_NONE } from '../../test/cluster/control-plane/binaries.ts';
import type { CallSummary } from '../children/simulator.ts';
import { convergence } from '../cluster/convergence.ts';
import { failover } from '../cluster/failover.ts';
import { latency } from '../cluster/latency.ts';
import { OperatorWorld } from '../cluster/operator-world.ts';
import { statusRate } from '../cluster/status-rate.ts';
import { watchTraffic } from '../cluster/watch-traffic.ts';
import { count, type Measurement, mebibytes, type Row, type RowContext, seconds } from '../row.ts';
import type { Declared } from '../workload.ts';

/** The first objects, before all the others are made. */
const FEW = 1_000;
const MEMORY_BAR = 120 * 2 ** 20;

/** Until the memory of the start has been given back. */
const SETTLING_MS = 12_000;

export const operator: Row = {
  name: 'operator',
  async run(context) {
    if (!controlPlaneIsAvailable()) throw new Error(WHY_NONE);
    const bindings = context.quick ? 2_000 : 10_000;
    const workload = { instances: bindings, lists: 8, instancesPerDocument: 1, drifted: 0 };
    await using world = await OperatorWorld.start(workload);
    context.progress(`operator: making ${count(FEW)} objects`);
    await world.create(0, FEW);
    context.progress('operator: patching statuses without it');
    const patchesPerSecond = await statusRate(world, world.documents.slice(0, FEW));
    const small = await settledMemory(world, FEW);
    context.progress(`operator: making ${count(bindings)} objects`);
    await world.create(FEW, bindings);
    await settledMemory(world, bindings);
    return [
      ...(await restart(world, context, { bindings, small })),
      {
        what: 'what the API server itself takes: status patches a second, 16 at once',
        measured: count(patchesPerSecond),
        bar: '',
        values: { patchesPerSecond },
      },
      await converge(world, context, patchesPerSecond),
      ...(await idle(world, context)),
      await sweeping(world, context),
      ...(await failovers(world, context)),
    ];
  },
};

/** Runs a controller until every object is Ready, and once more from there; resolves with what the second one keeps in memory. */
async function settledMemory(world: OperatorWorld, bindings: number): Promise<number> {
  const first = await world.operator();
  await world.untilReady(bindings);
  await first.stop();
  const second = await world.operator();
  await second.observed(bindings);
  await systemClock.sleep(SETTLING_MS);
  const bytes = second.residentBytes();
  await second.stop();
  return bytes;
}

async function restart(
  world: OperatorWorld,
  { progress }: RowContext,
  { bindings, small }: { readonly bindings: number; readonly small: number },
): Promise<Measurement[]> {
  progress('operator: restarting');
  await world.simulator.ask('clear');
  const startedMs = systemClock.now();
  const running = await world.operator();
  const tookMs = (await running.observed(bindings)) - startedMs;
  const cpuBefore = running.cpuSeconds();
  const calls = await world.simulator.ask<CallSummary>('summary');
  const statusWrites = await running.statusWrites();
  // One more sweep, for its processor time.
  while ((await world.simulator.ask<CallSummary>('summary')).reads < 2 * calls.reads)
    await systemClock.sleep(500);
  const sweepCpu = running.cpuSeconds() - cpuBefore;
  const bytes = running.residentBytes();
  await running.stop();
  const reads = bindings / 100;
  return [
    {
      what: `restart -> every binding observed, ${count(bindings)} in sync, one instance each`,
      measured: `${seconds(tookMs)}, ${calls.reads} reads, ${statusWrites} status writes, ${calls.writes} cloud writes; a sweep takes ${sweepCpu.toFixed(2)} s of processor time`,
      bar: `5 s, ${reads} reads, no status write, no cloud write (Go operator: 251 s, 10,000 reads)`,
      met: tookMs <= 5_000 && calls.reads <= reads && statusWrites === 0 && calls.writes === 0,
      values: { tookMs, reads: calls.reads, statusWrites, writes: calls.writes, sweepCpu },
    },
    {
      what: `resident memory at ${count(FEW)} and ${count(bindings)} bindings, after a restart and two sweeps`,
      measured: `${mebibytes(small)} and ${mebibytes(bytes)}: ${((bytes - small) / (bindings - FEW) / 1_024).toFixed(1)} KiB a binding`,
      bar: `at most ${mebibytes(MEMORY_BAR)} at 10,000, at most 3.5 KiB a binding (Go operator: 40 and 75 MiB)`,
      met: bytes <= MEMORY_BAR && (bytes - small) / (bindings - FEW) <= 3.5 * 1_024,
      values: { smallBytes: small, bytes },
    },
  ];
}

async function converge(
  world: OperatorWorld,
  { progress, quick }: RowContext,
  patchesPerSecond: number,
): Promise<Measurement> {
  // With what changes later it has to stay under a fifth of all, which is the most that may change within ten minutes.
  const drifted = quick ? 200 : FEW;
  progress(`operator: converging ${count(drifted)} to one list`);
  const list = world.documents.at(-1)?.sgIds.toReversed() ?? [];
  const start = () => world.operator();
  const taken = await convergence(world, world.documents.slice(0, drifted), { list, start });
  const { writes, statusWrites } = taken.values;
  const boundMs = (drifted / patchesPerSecond) * 1_000;
  return {
    what: taken.what,
    measured: `${taken.measured}; ${count(drifted)} status writes alone take ${seconds(boundMs)}`,
    // Where they are the whole fleet, as they were for the Go operator, the yardstick row holds them to 3 s / 5 s.
    bar: '10 writes, one status write each',
    met: writes <= 10 && statusWrites <= drifted,
    values: { ...taken.values, patchesPerSecond, boundMs },
  };
}

/** Those to change; none that was converged to one list, because reversing its own list may change nothing. */
function changed(world: OperatorWorld, quick: boolean, offset: number): Declared[] {
  const from = FEW + 100 + offset;
  return Array.from(
    { length: quick ? 20 : 100 },
    (_, index) => world.documents[from + index * 2] as Declared,
  );
}

async function idle(world: OperatorWorld, { progress, quick }: RowContext): Promise<Measurement[]> {
  progress('operator: latency idle');
  const all = world.documents.length;
  const running = await world.operator();
  await running.observed(all);
  await systemClock.sleep(SETTLING_MS);
  const taken = await latency(world, { documents: changed(world, quick, 0), meanwhile: 'idle' });
  await world.untilReady(all);
  // One more watch would be one more reader of each event while the latency is taken.
  const documents = changed(world, quick, 400);
  const before = await running.statusWrites();
  const traffic = await watchTraffic(world, async () => {
    await latency(world, { documents, meanwhile: 'watched' });
    await world.untilReady(all);
    await systemClock.sleep(1_000);
  });
  const statusWrites = ((await running.statusWrites()) - before) / documents.length;
  const watchEvents = traffic.events / documents.length;
  const watchBytes = traffic.bytes / documents.length;
  await running.stop();
  return [
    {
      ...taken,
      bar: '(Go operator on another machine: 36 / 39 ms; here, side by side: yardstick)',
    },
    {
      what: 'one change of an object, idle',
      measured: `${statusWrites.toFixed(1)} status writes; ${watchEvents.toFixed(1)} watch events, ${(watchBytes / 1_024).toFixed(1)} KiB to each watch`,
      bar: '',
      values: { statusWrites, watchEvents, watchBytes, changes: documents.length },
    },
  ];
}

async function sweeping(world: OperatorWorld, { progress, quick }: RowContext): Promise<Measurement> {
  progress('operator: latency during a resync');
  const all = world.documents.length;
  // A sweep of 10,000 takes 2.5 s: at this interval there is always one.
  const running = await world.operator(['--interval', '2s']);
  await running.observed(all);
  const documents = changed(world, quick, 1);
  const taken = await latency(world, { documents, meanwhile: `during a resync of ${count(all)}` });
  await running.stop();
  return { ...taken, bar: 'p99 under 80 ms (Go operator: 266 / 288 ms)', met: taken.values.p99Ms <= 80 };
}

async function failovers(world: OperatorWorld, { progress }: RowContext): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const [signal, bar, words] of [
    ['SIGKILL', 20_000, '16 to 20 s'],
    ['SIGTERM', 2_000, 'under 2 s'],
  ] as const) {
    progress(`operator: failover after ${signal}`);
    const taken = await failover(() => world.operator(), {
      signal,
      acts: 'took the lease',
      standsBy: 'keeps what',
    });
    measured.push({ ...taken, bar: `${words} (Go operator)`, met: taken.values.tookMs <= bar });
  }
  return measured;
}
