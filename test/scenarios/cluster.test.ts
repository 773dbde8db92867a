import { beforeAll, it } from 'vitest';
import { describeCluster } from '../cluster/cluster.ts';
import { clusterWorld, makeNamespaces } from './cluster-world.ts';
import { play } from './play.ts';
import { allScenarios } from './scenario.ts';

describeCluster('on a real API server', { instances: 1 }, (cluster) => {
  beforeAll(() => makeNamespaces(cluster()));

  it.each(allScenarios())('$scenario.title', async ({ scenario }) => {
    await using world = await clusterWorld(scenario, cluster());
    await play(scenario, world);
  });
});
