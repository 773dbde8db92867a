/** What a flood of one tenant costs a single change of another: how many write calls leave before it. */
import { ins, SmallWorld } from '../../test/faults/small-world.ts';
import { count, type Measurement, type Row, seconds } from '../row.ts';

/** The flood has been going on for so long when the bystander comes. */
const AFTER_MS = 3_000;
const LIMIT_MS = 1_800_000;
const INSTANCES_PER_BINDING = 200;

export const bystander: Row = {
  name: 'bystander',
  async run({ quick, progress }): Promise<readonly Measurement[]> {
    const flood = quick ? 2_000 : 20_000;
    const measurements: Measurement[] = [];
    for (const api of ['v2', 'v3'] as const) {
      progress(`bystander: ${count(flood)} changes of one, one of another, API ${api}`);
      const apart = await waited(flood, { api, folder: 'teams/other/' });
      const together = await waited(flood, { api, folder: 'teams/flood/' });
      measurements.push({
        what: `a single change during another team's ${count(flood)} changes, API ${api}`,
        measured: `${apart.calls} write calls before its own, ${seconds(apart.ms)} from change to write (of the same team: ${together.calls} calls, ${seconds(together.ms)})`,
        bar: 'one call',
        met: apart.calls <= 1,
        values: { calls: apart.calls, ms: apart.ms, sameTeamCalls: together.calls, sameTeamMs: together.ms },
      });
    }
    return measurements;
  },
};

/** Plays it on a virtual clock, so that the figures are those of the engine and not of the machine. */
async function waited(
  flood: number,
  { api, folder }: { readonly api: 'v2' | 'v3'; readonly folder: string },
): Promise<{ readonly calls: number; readonly ms: number }> {
  const world = new SmallWorld({ instances: flood + 1, api });
  const at = (file: string) => ({
    origin: { kind: 'directory', file, line: 1, column: 1, revision: 'r1' } as const,
  });
  world.source.beginReading();
  for (let from = 0; from < flood; from += INSTANCES_PER_BINDING) {
    const ids = Array.from({ length: Math.min(INSTANCES_PER_BINDING, flood - from) }, (_, n) =>
      ins(from + n),
    );
    world.declare(`flood-${from}`, ids, 'b a', at(`teams/flood/${from}.yaml`));
  }
  world.source.endReading();
  await world.until(() => world.writeCalls().length > 0, LIMIT_MS);
  await world.clock.advance(AFTER_MS);
  const changedMs = world.clock.now();
  const own = ins(flood);
  world.declare('lone', [own], 'c', at(`${folder}lone.yaml`));
  const isOwn = ({ instanceIds }: { readonly instanceIds: readonly string[] }) => instanceIds.includes(own);
  await world.until(() => world.writeCalls(changedMs).some(isOwn), LIMIT_MS);
  const since = world.writeCalls(changedMs);
  const index = since.findIndex(isOwn);
  // The instance has to be read before it can be written: what leaves meanwhile does not wait for it.
  const readMs = lastReadMs(world, own, since[index]?.timeMs ?? 0);
  const calls = since.slice(0, index).filter(({ timeMs }) => timeMs > readMs).length;
  world.kill();
  return { calls, ms: (since[index]?.timeMs ?? 0) - changedMs };
}

function lastReadMs(world: SmallWorld, id: string, beforeMs: number): number {
  const reads = world.simulator.calls
    .entries()
    .filter(
      ({ action, instanceIds, timeMs }) =>
        action === 'DescribeInstances' && instanceIds.includes(id) && timeMs <= beforeMs,
    );
  return reads.at(-1)?.timeMs ?? 0;
}
