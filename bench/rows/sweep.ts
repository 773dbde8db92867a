/** What a drift sweep of a fleet in sync costs. */

import { systemClock } from '../../src/runtime/clock.ts';
import type { CallSummary } from '../children/simulator.ts';
import { count, type Row, seconds } from '../row.ts';
import { World } from '../world.ts';

export const sweep: Row = {
  name: 'sweep',
  async run({ quick, progress }) {
    const instances = quick ? 2_000 : 10_000;
    const workload = { instances, lists: instances, instancesPerDocument: 1, drifted: 0 };
    await using world = new World({ workload, api: 'v3', documentsPerFile: 10 });
    progress('sweep: starting');
    await world.start();
    await world.settled();
    await systemClock.sleep(1_000);
    await world.simulator.ask('clear');
    progress('sweep: sweeping');
    const startedMs = systemClock.now();
    await world.sweep();
    const tookMs = systemClock.now() - startedMs;
    const summary = await world.simulator.ask<CallSummary>('summary');
    const bound = instances / 100;
    return [
      {
        what: `drift sweep of ${count(instances)} instances in sync`,
        measured: `${summary.reads} reads, ${summary.writes} writes, ${summary.throttled} throttled, ${seconds(tookMs)}`,
        bar: `exactly ${count(bound)} reads, no write (one by one: ${count(instances)} reads)`,
        met: summary.reads === bound && summary.writes === 0 && summary.throttled === 0,
        values: { ...summary, tookMs },
      },
    ];
  },
};
