/** How many instances a second the pure diff judges. */
import type { GroupList } from '../../src/core/model.ts';
import { plan as planOne } from '../../src/core/plan.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { count, type Measurement, type Row } from '../row.ts';
import { documentsOf } from '../workload.ts';

const BAR_PER_SECOND = 1_000_000;
const INSTANCES = 10_000;

interface Pair {
  readonly observed: GroupList;
  readonly desired: GroupList;
}

export const plan: Row = {
  name: 'plan',
  async run({ quick, progress }) {
    const desired = documentsOf({
      instances: INSTANCES,
      lists: INSTANCES,
      instancesPerDocument: 1,
      drifted: 0,
    }).map((document) => document.sgIds as GroupList);
    const forMs = quick ? 300 : 2_000;
    const reversed = (list: GroupList) => [...list].reverse();
    const other = (index: number) => desired[(index + 1) % desired.length] as GroupList;
    const cases: readonly (readonly [string, readonly Pair[]])[] = [
      ['all in sync', desired.map((list) => ({ desired: list, observed: asRead(list) }))],
      [
        '1 % drifted',
        desired.map((list, index) => ({
          desired: list,
          observed: asRead(index % 100 === 0 ? other(index) : list),
        })),
      ],
      ['all reordered', desired.map((list) => ({ desired: list, observed: asRead(reversed(list)) }))],
    ];
    return cases.map(([name, pairs]) => {
      progress(`plan: ${name}`);
      const perSecond = throughput(pairs, forMs);
      return {
        what: `plan(), lists of 4 groups, ${name}`,
        measured: `${(perSecond / 1e6).toFixed(1)} M instances/s`,
        bar: 'at least 1 M instances/s',
        met: perSecond >= BAR_PER_SECOND,
        values: { perSecond: Math.round(perSecond) },
      } satisfies Measurement;
    });
  },
};

/** The same list as it comes out of a reply: other objects, other strings. */
function asRead(list: GroupList): GroupList {
  return JSON.parse(JSON.stringify(list)) as GroupList;
}

function throughput(pairs: readonly Pair[], forMs: number): number {
  let steps = 0;
  const round = () => {
    for (const { observed, desired } of pairs) steps += planOne(observed, desired).length;
  };
  for (let warm = 0; warm < 20; warm++) round();
  const startedMs = systemClock.now();
  let rounds = 0;
  while (systemClock.now() - startedMs < forMs) {
    round();
    rounds++;
  }
  if (steps < 0) throw new Error(`Expected steps, got ${count(steps)}`);
  return (rounds * pairs.length * 1000) / (systemClock.now() - startedMs);
}
