/** Converging a drifted fleet, against what the cloud's quota allows at best. */
import type { CallSummary } from '../children/simulator.ts';
import { count, type Measurement, type Row, seconds } from '../row.ts';
import { World } from '../world.ts';

const WRITES_PER_SECOND = 10;

interface Shape {
  readonly name: string;
  readonly api: 'v2' | 'v3';
  readonly title: string;
  readonly lists: (instances: number) => number;
  readonly instancesPerCall: number;
}

function converge({ name, api, title, lists, instancesPerCall }: Shape): Row {
  return {
    name,
    async run({ quick, progress }): Promise<readonly Measurement[]> {
      const instances = quick ? 2_000 : 10_000;
      const workload = {
        instances,
        lists: lists(instances),
        instancesPerDocument: lists(instances) === instances ? 1 : 10,
        drifted: instances,
      };
      await using world = new World({ workload, api, documentsPerFile: 10 });
      progress(`${name}: starting`);
      await world.start();
      progress(`${name}: converging ${count(instances)} instances`);
      await world.applied(instances);
      const summary = await world.simulator.ask<CallSummary>('summary');
      progress(`${name}: reading back`);
      await world.settled();
      const after = await world.simulator.ask<CallSummary>('summary');
      const tookMs = summary.lastAppliedMs - summary.firstCallMs;
      const boundCalls = instances / instancesPerCall;
      const boundMs = (boundCalls / WRITES_PER_SECOND) * 1000;
      const barMs = boundMs * 1.05 + 500;
      return [
        {
          what: `converge ${count(instances)} drifted instances, ${title}`,
          measured: `${seconds(tookMs)}, ${summary.writes} writes, ${after.reads} reads, ${after.throttled} throttled, at most ${after.peakWrites} writes and ${after.peakReads} reads in a second`,
          bar: `quota bound ${seconds(boundMs)} (${count(boundCalls)} writes); within ${seconds(barMs)}, none throttled`,
          met: tookMs <= barMs && after.throttled === 0,
          values: { tookMs, boundMs, barMs, ...after },
        },
      ];
    },
  };
}

export const convergeV3 = converge({
  name: 'converge-v3',
  api: 'v3',
  title: 'API 3.0, 10 shared lists',
  lists: () => 10,
  instancesPerCall: 100,
});

export const convergeV2 = converge({
  name: 'converge-v2',
  api: 'v2',
  title: 'API 2.0, each its own list',
  lists: (instances) => instances,
  instancesPerCall: 20,
});
