/** A scenario's world on a real API server: the built controller with its own ServiceAccount over objects. */
import type { Cluster } from '../cluster/cluster.ts';
import type { Operator } from '../cluster/operator.ts';
import type { ReportedObject, ScenarioWorld } from './play.ts';
import type { Scenario } from './scenario.ts';
import { type SharedWorld, startSharedWorld } from './shared-world.ts';

const REASON = 'seen by two of us';
const NAMESPACES = ['shop', 'other'];
/** The shortest that the objects of a cluster get in a test. */
const CHECK_EVERY = '1s';

class ClusterWorld implements ScenarioWorld {
  readonly #shared: SharedWorld;
  readonly #cluster: Cluster;
  #operator: Operator | undefined;
  #declared = new Map<string, string>();

  constructor(shared: SharedWorld, cluster: Cluster) {
    this.#shared = shared;
    this.#cluster = cluster;
  }

  get simulator() {
    return this.#shared.simulator;
  }

  async declare(documents: ReadonlyMap<string, object>): Promise<void> {
    const { plane } = this.#cluster;
    this.#shared.write(documents);
    for (const [name, namespace] of this.#declared) {
      if (documents.has(name)) continue;
      await plane.kubectlAsync(['delete', 'csgb', name, '-n', namespace, '--wait=false']);
    }
    const items = [...documents.values()];
    this.#declared = new Map(
      items.map((item) => {
        const { metadata } = item as { metadata: { name: string; namespace: string } };
        return [metadata.name, metadata.namespace];
      }),
    );
    const list = { apiVersion: 'v1', kind: 'List', items };
    await plane.kubectlAsync(['apply', '-f', '-'], JSON.stringify(list));
    const { policy, stateDir, server, traffic } = this.#shared;
    const [key] = this.simulator.credentials;
    this.#operator ??= this.#cluster.operator({
      endpoint: server.url,
      key: { secretId: key?.secretId ?? '', secretKey: key?.secretKey ?? '' },
      args: ['--policy', policy, '--state-dir', stateDir, '--interval', CHECK_EVERY, '--traffic', traffic],
    });
  }

  async reported(): Promise<readonly ReportedObject[]> {
    const text = await this.#cluster.plane.kubectlAsync(['get', 'csgb', '-A', '-o', 'json']);
    return (JSON.parse(text) as { items: ReportedObject[] }).items;
  }

  async approve(digest: string): Promise<void> {
    const { plane } = this.#cluster;
    const args = ['approve', digest, '--kubeconfig', plane.kubeconfig, '--reason', REASON];
    const { code, output } = await this.#shared.cvmsg(args);
    if (code !== 0) throw new Error(output);
  }

  async announced(name: string): Promise<readonly string[]> {
    const text = await this.#cluster.plane.kubectlAsync(['get', 'events.events.k8s.io', '-A', '-o', 'json']);
    const { items } = JSON.parse(text) as { items: { regarding: { name: string }; reason: string }[] };
    return items.flatMap(({ regarding, reason }) => (regarding.name === name ? [reason] : []));
  }

  cvmsg(args: readonly string[]) {
    return this.#shared.cvmsg(args);
  }

  journal() {
    return this.#shared.journal();
  }

  async declareWritten(): Promise<void> {
    await this.declare(this.#shared.written());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { plane } = this.#cluster;
    // While somebody is there who takes the finalizers off.
    for (const namespace of NAMESPACES) {
      await plane.kubectlAsync(['delete', 'csgb', '--all', '-n', namespace, '--timeout=60s']);
    }
    await this.#operator?.stop('SIGTERM');
    await this.#shared[Symbol.asyncDispose]();
  }
}

export async function clusterWorld(scenario: Scenario, cluster: Cluster): Promise<ScenarioWorld> {
  return new ClusterWorld(await startSharedWorld(scenario), cluster);
}

/** Makes the namespaces of every scenario. */
export async function makeNamespaces({ plane }: Cluster): Promise<void> {
  for (const namespace of NAMESPACES) await plane.kubectlAsync(['create', 'namespace', namespace]);
}
