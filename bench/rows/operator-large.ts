/** The operator with ten times the objects of its own row: whether it gets there, and what that takes. */
import { systemClock } from '../../src/runtime/clock.ts';
import { controlPlaneIsAvailable, WHY_NONE } from '../../test/cluster/control-plane/binaries.ts';
import type { CallSummary } from '../children/simulator.ts';
import { OperatorWorld } from '../cluster/operator-world.ts';
import type { Running } from '../cluster/running.ts';
import { count, type Measurement, mebibytes, type Row, type RowContext, seconds } from '../row.ts';

const MADE_TOGETHER = 10_000;
const TOLD_EVERY_MS = 10_000;

export const operatorLarge: Row = {
  name: 'operator-large',
  optIn: true,
  async run(context) {
    if (!controlPlaneIsAvailable()) throw new Error(WHY_NONE);
    const bindings = context.quick ? 3_000 : 100_000;
    await using world = await OperatorWorld.start({
      instances: bindings,
      lists: 8,
      instancesPerDocument: 1,
      drifted: 0,
    });
    for (let made = 0; made < bindings; made += MADE_TOGETHER) {
      context.progress(`operator-large: ${count(made)} of ${count(bindings)} objects are made`);
      await world.create(made, made + MADE_TOGETHER);
    }
    return [await firstStart(world, context), await restart(world, context)];
  },
};

async function firstStart(world: OperatorWorld, { progress }: RowContext): Promise<Measurement> {
  const bindings = world.documents.length;
  const telling = setInterval(
    () => progress(`operator-large: ${count(world.ready())} of ${count(bindings)} are Ready`),
    TOLD_EVERY_MS,
  );
  const startedMs = systemClock.now();
  const running = await world.operator();
  const tookMs = (await world.untilReady(bindings)) - startedMs;
  clearInterval(telling);
  return {
    what: `first start -> every status Ready, ${count(bindings)} in sync, one instance each`,
    ...(await ended(world, running, tookMs)),
  };
}

async function restart(world: OperatorWorld, { progress }: RowContext): Promise<Measurement> {
  progress('operator-large: restarting');
  const bindings = world.documents.length;
  await world.simulator.ask('clear');
  const startedMs = systemClock.now();
  const running = await world.operator();
  const tookMs = (await running.observed(bindings)) - startedMs;
  return {
    what: `restart -> every binding observed, ${count(bindings)} in sync, one instance each`,
    ...(await ended(world, running, tookMs)),
  };
}

/** Ends a controller, and tells what it took until then. */
async function ended(
  world: OperatorWorld,
  running: Running,
  tookMs: number,
): Promise<Omit<Measurement, 'what'>> {
  const { reads, writes } = await world.simulator.ask<CallSummary>('summary');
  const statusWrites = await running.statusWrites();
  const bytes = running.residentBytes();
  await running.stop();
  return {
    measured: `${seconds(tookMs)}, ${reads} reads, ${statusWrites} status writes, ${writes} cloud writes; resident memory ${mebibytes(bytes)}`,
    bar: '',
    values: { tookMs, reads, statusWrites, writes, bytes },
  };
}
