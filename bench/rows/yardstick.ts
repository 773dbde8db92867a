/**
 * The conventional Go operator in the place of the product, on the same machine: what the operator row is to be held
 * against. It takes each binding by itself, so a tenth of the bindings already shows how it does.
 */
import { systemClock } from '../../src/runtime/clock.ts';
import { controlPlaneIsAvailable, WHY_NONE } from '../../test/cluster/control-plane/binaries.ts';
import type { CallSummary } from '../children/simulator.ts';
import { convergence } from '../cluster/convergence.ts';
import { failover } from '../cluster/failover.ts';
import { latency } from '../cluster/latency.ts';
import { OperatorWorld } from '../cluster/operator-world.ts';
import {
  count,
  type Measurement,
  mebibytes,
  type Row,
  type RowContext,
  seconds,
  type Taken,
} from '../row.ts';

/** Nothing is looked at again while something is measured. */
const NO_RESYNC = ['-resync', '1h'];

export const yardstick: Row = {
  name: 'yardstick',
  async run(context) {
    if (!controlPlaneIsAvailable()) throw new Error(WHY_NONE);
    const bindings = context.quick ? 200 : 1_000;
    await using world = await OperatorWorld.start({
      instances: bindings,
      lists: 8,
      instancesPerDocument: 1,
      drifted: 0,
    });
    context.progress(`yardstick: making ${count(bindings)} objects`);
    await world.create();
    // Its statuses stand before anything is measured.
    const first = await world.yardstick();
    await world.untilReady(bindings);
    await first.stop();
    return [
      ...(await restart(world, context)),
      await converge(world, context),
      await changes(world, context, { resyncing: false }),
      await changes(world, context, { resyncing: true }),
      ...(await failovers(world, context)),
    ];
  },
};

const information = (taken: Taken<string>): Measurement => ({ ...taken, bar: '' });

async function restart(world: OperatorWorld, { progress }: RowContext): Promise<Measurement[]> {
  progress('yardstick: restarting');
  const bindings = world.documents.length;
  await world.simulator.ask('clear');
  const startedMs = systemClock.now();
  const running = await world.yardstick();
  const tookMs = (await running.observed(bindings)) - startedMs;
  const { reads, writes } = await world.simulator.ask<CallSummary>('summary');
  const statusWrites = await running.statusWrites();
  const bytes = running.residentBytes();
  await running.stop();
  return [
    information({
      what: `restart -> every binding observed, ${count(bindings)} in sync, one instance each`,
      measured: `${seconds(tookMs)}, ${reads} reads, ${statusWrites} status writes, ${writes} cloud writes`,
      values: { tookMs, reads, statusWrites, writes },
    }),
    information({
      what: `resident memory at ${count(bindings)} bindings, after a restart`,
      measured: mebibytes(bytes),
      values: { bytes },
    }),
  ];
}

async function converge(world: OperatorWorld, { progress }: RowContext): Promise<Measurement> {
  progress(`yardstick: converging ${count(world.documents.length)} to one list`);
  return information(await convergence(world, world.documents, () => world.yardstick()));
}

async function changes(
  world: OperatorWorld,
  { progress, quick }: RowContext,
  { resyncing }: { readonly resyncing: boolean },
): Promise<Measurement> {
  const meanwhile = resyncing ? `during a resync of ${count(world.documents.length)}` : 'idle';
  progress(`yardstick: latency ${meanwhile}`);
  const running = await world.yardstick(resyncing ? ['-resync', '2s'] : NO_RESYNC);
  await running.observed(world.documents.length);
  // All have the last one's list the other way round: for those that declared the same, that is no change.
  const { sgIds: last } = world.documents.at(-1) ?? {};
  const others = world.documents.filter(({ sgIds }) => sgIds !== last);
  const howMany = quick ? 20 : 100;
  const documents = resyncing ? others.slice(howMany, 2 * howMany) : others.slice(0, howMany);
  const taken = await latency(world, { documents, meanwhile });
  await running.stop();
  return information(taken);
}

async function failovers(world: OperatorWorld, { progress }: RowContext): Promise<Measurement[]> {
  const start = () => world.yardstick(['-leader-elect', '-lease-namespace', 'cvmsg-system']);
  const measured: Measurement[] = [];
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    progress(`yardstick: failover after ${signal}`);
    const taken = await failover(start, {
      signal,
      acts: 'Successfully acquired lease',
      standsBy: 'Attempting to acquire leader lease',
    });
    measured.push(information(taken));
  }
  return measured;
}
