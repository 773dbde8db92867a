/**
 * The operator on a real API server, held against a conventional Go operator (controller-runtime with its defaults, ten
 * workers, one read and one write for each binding, the vendor's SDK) as it was measured on a machine of the same size.
 */
import { systemClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { controlPlaneIsAvailable, WHY_NONE } from '../../test/cluster/control-plane/binaries.ts';
import type { CallSummary } from '../children/simulator.ts';
import { cpuSeconds, metric, OperatorWorld, residentBytes } from '../cluster/operator-world.ts';
import { count, type Measurement, mebibytes, type Row, type RowContext, seconds } from '../row.ts';
import type { Declared } from '../workload.ts';

const DRIFTED = 1_000;
const PATCHES = 'rest_client_requests_total{method="PATCH",code="200"}';
const MEMORY_BAR = 120 * 2 ** 20;

export const operator: Row = {
  name: 'operator',
  async run(context) {
    if (!controlPlaneIsAvailable()) throw new Error(WHY_NONE);
    const bindings = context.quick ? 2_000 : 10_000;
    const workload = { instances: bindings, lists: 8, instancesPerDocument: 1, drifted: 0 };
    await using world = await OperatorWorld.start(workload);
    context.progress(`operator: making ${count(DRIFTED)} objects`);
    await world.create(0, DRIFTED);
    const small = await settledMemory(world, DRIFTED);
    context.progress(`operator: making ${count(bindings)} objects`);
    await world.create(DRIFTED, bindings);
    await settledMemory(world, bindings);
    return [
      ...(await restart(world, context, { bindings, small })),
      await converge(world, context),
      await latency(world, context, { sweeping: false }),
      await latency(world, context, { sweeping: true }),
      ...(await failover(world, context)),
    ];
  },
};

/** Runs a controller until every object is Ready, and once more from there; resolves with what the second one keeps in memory. */
async function settledMemory(world: OperatorWorld, bindings: number): Promise<number> {
  const first = await world.operator();
  await world.untilReady(bindings);
  await first.operator.stop();
  const { operator: second, metrics } = await world.operator();
  await observed(metrics, bindings);
  await systemClock.sleep(3_000);
  const bytes = residentBytes(second.process.pid);
  await second.stop();
  return bytes;
}

/** Waits until a controller has every instance in sync; resolves with the time. */
async function observed(metrics: () => Promise<string>, bindings: number): Promise<number> {
  const series = 'cvmsg_instances{scope="default@ap-guangzhou",state="InSync"}';
  for (;;) {
    const page = await metrics().catch(() => '');
    if (metric(page, series) === bindings) return systemClock.now();
    // A page costs a verdict for each instance; looking more often would measure the looking.
    await systemClock.sleep(200);
  }
}

async function restart(
  world: OperatorWorld,
  { progress }: RowContext,
  { bindings, small }: { readonly bindings: number; readonly small: number },
): Promise<Measurement[]> {
  progress('operator: restarting');
  await world.simulator.ask('clear');
  const startedMs = systemClock.now();
  const { operator: process, metrics } = await world.operator();
  const tookMs = (await observed(metrics, bindings)) - startedMs;
  const cpuBefore = cpuSeconds(process.process.pid);
  const calls = await world.simulator.ask<CallSummary>('summary');
  const statusWrites = metric(await metrics(), PATCHES);
  // One more sweep, for its processor time.
  while ((await world.simulator.ask<CallSummary>('summary')).reads < 2 * calls.reads)
    await systemClock.sleep(500);
  const sweepCpu = cpuSeconds(process.process.pid) - cpuBefore;
  const bytes = residentBytes(process.process.pid);
  await process.stop();
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
      what: `resident memory at ${count(DRIFTED)} and ${count(bindings)} bindings, after a restart and two sweeps`,
      measured: `${mebibytes(small)} and ${mebibytes(bytes)}: ${((bytes - small) / (bindings - DRIFTED) / 1_024).toFixed(1)} KiB a binding`,
      bar: `at most ${mebibytes(MEMORY_BAR)} at 10,000, at most 3.5 KiB a binding (Go operator: 40 and 75 MiB)`,
      met: bytes <= MEMORY_BAR && (bytes - small) / (bindings - DRIFTED) <= 3.5 * 1_024,
      values: { smallBytes: small, bytes },
    },
  ];
}

async function converge(world: OperatorWorld, { progress }: RowContext): Promise<Measurement> {
  progress(`operator: converging ${count(DRIFTED)} to one list`);
  const changed = world.documents.slice(0, DRIFTED);
  const list = (world.documents.at(-1) as Declared).sgIds.toReversed();
  await world.declareAll(changed, list);
  await world.simulator.ask('clear');
  const startedMs = systemClock.now();
  const { operator: process, metrics } = await world.operator();
  const readyMs = (await world.untilReady(world.documents.length)) - startedMs;
  const calls = await world.simulator.ask<CallSummary>('summary');
  const writeMs = calls.lastAppliedMs - startedMs;
  const statusWrites = metric(await metrics(), PATCHES);
  await process.stop();
  return {
    what: `start -> ${count(DRIFTED)} drifted converged to one list among ${count(world.documents.length)}: last write / every status Ready`,
    measured: `${seconds(writeMs)} / ${seconds(readyMs)}, ${calls.writes} cloud writes, ${statusWrites} status writes`,
    bar: '3 s / 5 s, 10 writes, one status write each (Go operator: 100 s / 102 s, 1,000 writes)',
    met: writeMs <= 3_000 && readyMs <= 5_000 && calls.writes <= 10 && statusWrites <= DRIFTED,
    values: { writeMs, readyMs, writes: calls.writes, statusWrites },
  };
}

async function latency(
  world: OperatorWorld,
  { progress, quick }: RowContext,
  { sweeping }: { readonly sweeping: boolean },
): Promise<Measurement> {
  // A sweep of 10,000 takes 2.5 s: at this interval there is always one.
  const { operator: process, metrics } = await world.operator(sweeping ? ['--interval', '2s'] : []);
  await observed(metrics, world.documents.length);
  const random = seededRandom(9);
  const times: number[] = [];
  for (let index = 0; index < (quick ? 20 : 100); index++) {
    // Not one of those that were converged to one list: reversing its own list may change nothing.
    const document = world.documents[DRIFTED + 100 + index * 2 + Number(sweeping)] as Declared;
    await world.simulator.ask('watch', document.instanceIds[0]);
    await systemClock.sleep(50 + random.next() * 400);
    const sentMs = await world.declare(document.name, document.sgIds.toReversed());
    times.push((await world.simulator.ask<number>('written')) - sentMs);
  }
  progress(`operator: latency ${sweeping ? 'during a resync' : 'idle'}`);
  await process.stop();
  times.sort((a, b) => a - b);
  const [p50Ms, p99Ms] = [percentile(times, 0.5), percentile(times, 0.99)];
  const bar = sweeping ? 80 : 39;
  return {
    what: `an object changes -> cloud write call, ${sweeping ? `during a resync of ${count(world.documents.length)}` : 'idle'}; 30 ms read inside`,
    measured: `p50 ${p50Ms} ms, p99 ${p99Ms} ms over ${times.length} changes`,
    bar: sweeping ? 'p99 under 80 ms (Go operator: 266 / 288 ms)' : 'no slower than 36 / 39 ms (Go operator)',
    met: p99Ms <= bar,
    values: { p50Ms, p99Ms, changes: times.length },
  };
}

async function failover(world: OperatorWorld, { progress }: RowContext): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const [signal, bar, words] of [
    ['SIGKILL', 20_000, '16 to 20 s'],
    ['SIGTERM', 2_000, 'under 2 s'],
  ] as const) {
    progress(`operator: failover after ${signal}`);
    const leader = await world.operator();
    await until(() => leader.operator.log().includes('took the lease'));
    const standby = await world.operator();
    await until(() => standby.operator.log().includes('keeps what'));
    await systemClock.sleep(3_000);
    // Whichever acts now is the one to end.
    const pair = standby.operator.log().includes('took the lease') ? [standby, leader] : [leader, standby];
    const [acting, other] = pair as [typeof leader, typeof leader];
    const before = other.operator.log().split('took the lease').length;
    const endedMs = systemClock.now();
    await acting.operator.stop(signal);
    await until(() => other.operator.log().split('took the lease').length > before);
    const tookMs = systemClock.now() - endedMs;
    await other.operator.stop();
    measured.push({
      what: `failover after ${signal === 'SIGKILL' ? 'kill -9' : 'SIGTERM'}: until the standby acts`,
      measured: seconds(tookMs),
      bar: `${words} (Go operator)`,
      met: tookMs <= bar,
      values: { tookMs },
    });
  }
  return measured;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(20);
}

/** Nearest rank, of sorted values. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}
