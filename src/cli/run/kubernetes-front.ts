/** The cluster side of `cvmsg run`: the objects as a source, their statuses and events as a sink, leases between replicas. */
import { hostname } from 'node:os';
import type { Metrics } from '../../http/metrics.ts';
import { KubeConnection } from '../../kube/kube-connection.ts';
import { LeaseMembers } from '../../kube/lease-members.ts';
import { ScopeLeases } from '../../kube/scope-leases.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { systemRandom } from '../../runtime/random.ts';
import { EventWriter } from '../../sinks/kubernetes/event-writer.ts';
import { KubernetesSink } from '../../sinks/kubernetes/kubernetes-sink.ts';
import { StatusWriter } from '../../sinks/kubernetes/status-writer.ts';
import { KubernetesSource } from '../../sources/kubernetes/kubernetes-source.ts';

/** The last statuses get this long at the end. */
const LAST_WRITES_MS = 2_000;

export interface KubernetesFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: readonly string[];
  readonly selector: string | undefined;
  readonly leaseNamespace: string | undefined;
  readonly oneLease: boolean;
}

export interface KubernetesFront extends AsyncDisposable {
  readonly connection: KubeConnection;
  readonly source: KubernetesSource;
  readonly sink: KubernetesSink;
  readonly leases: ScopeLeases;
  readonly statuses: StatusWriter;
}

/** Connects to nothing yet. @throws KubeError when there is no cluster to speak to. */
export function kubernetesFront(
  flags: KubernetesFlags,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics | undefined },
): KubernetesFront {
  const stop = new AbortController();
  const base = { clock: systemClock, random: systemRandom, log };
  const connection = KubeConnection.load({
    ...base,
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    onRequest: (event) => metrics?.restRequest(event),
  });
  const source = new KubernetesSource({
    ...base,
    connection,
    namespaces: flags.namespace.length === 0 ? undefined : flags.namespace,
    labelSelector: flags.selector,
  });
  const identity = `${hostname()}_${Math.floor(systemRandom.next() * 2 ** 32).toString(16)}`;
  const namespace = flags.leaseNamespace ?? connection.namespace;
  const members = new LeaseMembers({ ...base, connection, namespace });
  const leases = new ScopeLeases({
    ...base,
    connection,
    namespace,
    identity,
    members,
    oneLease: flags.oneLease,
  });
  const writers = { ...base, connection, signal: stop.signal };
  const statuses = new StatusWriter(writers);
  const events = new EventWriter({ ...writers, instance: identity });
  const sink = new KubernetesSink({ statuses, events, object: (key) => source.object(key) });
  return {
    connection,
    source,
    sink,
    leases,
    statuses,
    async [Symbol.asyncDispose]() {
      // What was published last is written before the connection goes.
      const cancel = systemClock.setTimer(LAST_WRITES_MS, () => stop.abort());
      await Promise.all([statuses.idle(), events.idle()]);
      cancel();
      stop.abort();
      await connection.close();
    },
  };
}
