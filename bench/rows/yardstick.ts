/**
 * A conventional Go operator and cvmsg side by side: on the same objects, one after the other, in one run. The Go operator
 * takes each binding by itself, so a tenth of the operator row's bindings already shows how it does.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { controlPlaneIsAvailable, WHY_NONE } from '../../test/cluster/control-plane/binaries.ts';
import type { CallSummary } from '../children/simulator.ts';
import { convergence } from '../cluster/convergence.ts';
import { failover } from '../cluster/failover.ts';
import { changeTimes, latencyOf } from '../cluster/latency.ts';
import { OperatorWorld } from '../cluster/operator-world.ts';
import type { Running } from '../cluster/running.ts';
import {
  count,
  type Measurement,
  mebibytes,
  type Row,
  type RowContext,
  seconds,
  type Taken,
} from '../row.ts';

/** Until every status stands, and the memory of the start has been given back. */
const SETTLING_MS = 12_000;

/** Of both together. */
const TURNS = 4;

/** One of the two. */
interface Side {
  readonly who: string;
  start(pace: 'idle' | 'resyncing'): Promise<Running>;
}

interface Contest {
  readonly world: OperatorWorld;
  readonly context: RowContext;
  readonly go: Side;
  readonly own: Side;
}

export const yardstick: Row = {
  name: 'yardstick',
  async run(context) {
    if (!controlPlaneIsAvailable()) throw new Error(WHY_NONE);
    const bindings = context.quick ? 200 : 1_000;
    const workload = { instances: bindings, lists: 8, instancesPerDocument: 1, drifted: 0 };
    await using world = await OperatorWorld.start(workload);
    context.progress(`yardstick: making ${count(bindings)} objects`);
    await world.create();
    // The Go operator has no guards, so that all may change at once.
    const policy = join(world.plane.folder, 'policy.yaml');
    writeFileSync(policy, 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\nblastRadius: none\n');
    const go: Side = {
      who: 'Go operator',
      // Nothing is looked at again while something is measured.
      start: (pace) => world.yardstick(['-resync', pace === 'idle' ? '1h' : '2s']),
    };
    const own: Side = {
      who: 'cvmsg',
      start: (pace) => world.operator(['--policy', policy, ...(pace === 'idle' ? [] : ['--interval', '2s'])]),
    };
    const contest = { world, context, go, own };
    try {
      return [
        ...(await restarts(contest)),
        ...(await convergences(contest)),
        ...(await changes(contest, 'idle')),
        ...(await changes(contest, 'resyncing')),
        ...(await failovers(world, context)),
      ];
    } finally {
      rmSync(policy);
    }
  },
};

const information = (who: string, taken: Taken<string>): Measurement => ({
  ...taken,
  what: `${who}: ${taken.what}`,
  bar: '',
});

/** Starts one whose statuses stand, and leaves it to settle. */
async function settled({ world }: Contest, side: Side, pace: 'idle' | 'resyncing'): Promise<Running> {
  const running = await side.start(pace);
  await running.observed(world.documents.length);
  await world.untilReady(world.documents.length);
  await systemClock.sleep(SETTLING_MS);
  return running;
}

async function restarts(contest: Contest): Promise<Measurement[]> {
  const { world, context, go, own } = contest;
  const bindings = world.documents.length;
  const measured: Measurement[] = [];
  for (const side of [go, own]) {
    context.progress(`yardstick: restarting ${side.who}`);
    // Its own statuses stand before anything is measured.
    await (await settled(contest, side, 'idle')).stop();
    await world.simulator.ask('clear');
    const startedMs = systemClock.now();
    const running = await side.start('idle');
    const tookMs = (await running.observed(bindings)) - startedMs;
    const { reads, writes } = await world.simulator.ask<CallSummary>('summary');
    const statusWrites = await running.statusWrites();
    await systemClock.sleep(SETTLING_MS);
    const bytes = running.residentBytes();
    await running.stop();
    measured.push(
      information(side.who, {
        what: `restart -> every binding observed, ${count(bindings)} in sync, one instance each`,
        measured: `${seconds(tookMs)}, ${reads} reads, ${statusWrites} status writes, ${writes} cloud writes`,
        values: { tookMs, reads, statusWrites, writes },
      }),
      information(side.who, {
        what: `resident memory at ${count(bindings)} bindings, after a restart`,
        measured: mebibytes(bytes),
        values: { bytes },
      }),
    );
  }
  return measured;
}

async function convergences({ world, context, go, own }: Contest): Promise<Measurement[]> {
  const { documents } = world;
  const last = documents.at(-1)?.sgIds ?? [];
  context.progress(`yardstick: converging ${count(documents.length)} to one list, Go operator`);
  const yard = await convergence(world, documents, {
    list: last.toReversed(),
    start: () => go.start('idle'),
  });
  context.progress(`yardstick: converging ${count(documents.length)} to one list, cvmsg`);
  const ours = await convergence(world, documents, { list: last, start: () => own.start('idle') });
  const { writeMs, readyMs, writes, statusWrites } = ours.values;
  return [
    information(go.who, yard),
    {
      ...information(own.who, ours),
      bar: '3 s / 5 s, 10 writes, one status write each',
      met: writeMs <= 3_000 && readyMs <= 5_000 && writes <= 10 && statusWrites <= documents.length,
    },
  ];
}

/**
 * Changes one object after the other, in turns, so that both meet the same moods of the machine, and each on objects that
 * nobody else has ever told a status in: the API server takes longer over larger ones.
 */
async function changes(contest: Contest, pace: 'idle' | 'resyncing'): Promise<Measurement[]> {
  const { world, context, go, own } = contest;
  const [idle, resyncing] = context.quick ? [10, 10] : [100, 50];
  const each = pace === 'idle' ? idle : resyncing;
  // No object is changed twice. All have the last one's list by now, which is nobody's own the other way round.
  let next = pace === 'idle' ? 0 : TURNS * idle;
  const times = new Map<Side, number[]>([
    [go, []],
    [own, []],
  ]);
  for (const side of [go, own, go, own]) {
    context.progress(`yardstick: changes, ${pace}, ${side.who}`);
    await world.renew();
    const running = await settled(contest, side, pace);
    const documents = world.documents.slice(next, next + each);
    times.get(side)?.push(...(await changeTimes(world, documents)));
    next += each;
    await running.stop();
  }
  const meanwhile = pace === 'idle' ? 'idle' : `during a resync of ${count(world.documents.length)}`;
  const yard = latencyOf(times.get(go) ?? [], meanwhile);
  const ours = latencyOf(times.get(own) ?? [], meanwhile);
  return [
    information(go.who, yard),
    {
      ...information(own.who, ours),
      bar: 'no slower than the Go operator',
      met: ours.values.p50Ms <= yard.values.p50Ms && ours.values.p99Ms <= yard.values.p99Ms,
    },
  ];
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
    measured.push(information('Go operator', taken));
  }
  return measured;
}
