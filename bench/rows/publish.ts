/** From the rename of git-sync's link to the arrival of the write call, idle and in the middle of a sweep. */
import { systemClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { percentile } from '../percentile.ts';
import { count, type Measurement, type Row, type RowContext } from '../row.ts';
import type { Declared } from '../workload.ts';
import { World } from '../world.ts';

const DOCUMENTS = 10_000;
const BAR_MS = 1_000;
/** A sweep of 10,000 instances takes 2.5 s; publications come at a random moment of its first part. */
const DURING_SWEEP_MS = 1_500;

export const publish: Row = {
  name: 'publish',
  async run(context) {
    return [...(await layout(context, 10)), ...(await layout(context, 1))];
  },
};

async function layout(context: RowContext, documentsPerFile: number): Promise<Measurement[]> {
  const workload = { instances: DOCUMENTS, lists: DOCUMENTS, instancesPerDocument: 1, drifted: 0 };
  await using world = new World({ workload, api: 'v3', documentsPerFile });
  const files = `${count(DOCUMENTS / documentsPerFile)} files`;
  context.progress(`publish: starting with ${files}`);
  await world.start();
  await world.settled();
  const publications = context.quick ? 8 : 50;
  const measured: Measurement[] = [];
  for (const sweeping of [false, true]) {
    const times: number[] = [];
    for (let index = 0; index < publications; index++) {
      const changed = index * 2 + Number(sweeping);
      times.push(await once(world, { changed, sweeping }));
      context.progress(
        `publish: ${files}, ${sweeping ? 'sweeping' : 'idle'}, ${index + 1} of ${publications}: ${Math.round(times.at(-1) ?? 0)} ms`,
      );
    }
    times.sort((a, b) => a - b);
    const [p50Ms, p99Ms] = [percentile(times, 0.5), percentile(times, 0.99)];
    measured.push({
      what: `publish -> write call, ${count(DOCUMENTS)} documents in ${files}, ${sweeping ? 'during a full sweep' : 'idle'}`,
      measured: `p50 ${p50Ms} ms, p99 ${p99Ms} ms over ${publications} publications`,
      bar: `p99 under ${count(BAR_MS)} ms`,
      met: p99Ms < BAR_MS,
      values: { p50Ms, p99Ms, publications },
    });
  }
  return measured;
}

const random = seededRandom(5);

/** Publishes one changed document; resolves with the time to its write call. */
async function once(
  world: World,
  { changed, sweeping }: { readonly changed: number; readonly sweeping: boolean },
): Promise<number> {
  const document = world.documents[changed] as Declared;
  world.documents[changed] = { ...document, sgIds: [...document.sgIds].reverse() };
  world.publisher.prepare(world.documents);
  await world.simulator.ask('watch', document.instanceIds[0]);
  if (sweeping) await world.engine.ask('sweep');
  // At no special moment of the poll.
  await systemClock.sleep(random.next() * (sweeping ? DURING_SWEEP_MS : 1_000));
  const publishedAtMs = world.publisher.publish();
  const writtenMs = await world.simulator.ask<number>('written');
  await world.settled();
  world.publisher.removeOld();
  return writtenMs - publishedAtMs;
}
