/** What the engine's process keeps in memory once all is in sync. */
import { systemClock } from '../../src/runtime/clock.ts';
import type { MemoryUse } from '../children/engine-wiring.ts';
import { count, type Measurement, mebibytes, type Row, type RowContext } from '../row.ts';
import type { Workload } from '../workload.ts';
import { World } from '../world.ts';

const BAR_BYTES = 150 * 2 ** 20;

export const memory: Row = {
  name: 'memory',
  async run(context) {
    const small = { instances: 10_000, lists: 10, instancesPerDocument: 1, drifted: 10_000 };
    const large = { instances: 100_000, lists: 10, instancesPerDocument: 10, drifted: 10_000 };
    const measured = [await measure(context, small, { documentsPerFile: 10, barBytes: BAR_BYTES })];
    if (context.quick) return measured;
    measured.push(await measure(context, small, { documentsPerFile: 1 }));
    measured.push(await measure(context, large, { documentsPerFile: 10 }));
    return measured;
  },
};

interface MeasureOptions {
  readonly documentsPerFile: number;
  readonly barBytes?: number;
}

async function measure(
  { progress }: RowContext,
  workload: Workload,
  { documentsPerFile, barBytes }: MeasureOptions,
): Promise<Measurement> {
  const { instances, drifted, instancesPerDocument } = workload;
  const documents = instances / instancesPerDocument;
  await using world = new World({ workload, api: 'v3', documentsPerFile });
  progress(`memory: converging ${count(instances)} instances`);
  await world.start();
  await world.applied(drifted);
  await world.settled();
  progress('memory: sweeping twice');
  await world.sweep();
  await world.sweep();
  await systemClock.sleep(1_000);
  const use = await world.engine.ask<MemoryUse>('memory');
  return {
    what: `resident memory of the engine, ${count(instances)} instances in ${count(documents)} documents and ${count(documents / documentsPerFile)} files, after writing ${count(drifted)}, two sweeps and a collection`,
    measured: `${mebibytes(use.rssBytes)} (heap ${mebibytes(use.heapBytes)}; peak ${mebibytes(use.peakRssBytes)})`,
    bar: barBytes === undefined ? '' : `under ${mebibytes(barBytes)}`,
    ...(barBytes === undefined ? {} : { met: use.rssBytes < barBytes }),
    values: { ...use },
  };
}
