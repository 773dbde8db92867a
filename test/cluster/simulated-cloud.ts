/** A simulated cloud over HTTP beside a real control plane. */
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { generateFleet } from '../../src/simulator/generate-fleet.ts';
import { startServer } from '../../src/simulator/server.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';

export interface SimulatedCloud extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly url: string;
  readonly key: { readonly secretId: string; readonly secretKey: string };
  /** Instance ids, in order. */
  readonly instances: readonly string[];
  readonly groups: readonly string[];
  list(instanceId: string): string;
}

export async function startCloud(options: {
  readonly instances: number;
  readonly latencyMs?: number;
}): Promise<SimulatedCloud> {
  const fleet = generateFleet({ instances: options.instances, regions: ['ap-guangzhou'], seed: 7 });
  const simulator = createSimulator({
    clock: systemClock,
    random: systemRandom,
    fleet,
    latencyMs: options.latencyMs ?? 5,
  });
  const server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
  const [key] = simulator.credentials;
  if (key === undefined) throw new Error('the simulated cloud has no key');
  return {
    simulator,
    url: server.url,
    key,
    instances: [...simulator.state.instances()].map((instance) => instance.instanceId),
    groups: simulator.state.groupIds('ap-guangzhou'),
    list: (id) => simulator.state.list(id).join(' '),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
