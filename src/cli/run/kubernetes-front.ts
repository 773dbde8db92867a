/** The cluster side of `cvmsg run`: the objects as a source, their statuses and events as a sink, leases between replicas. */
import { hostname } from 'node:os';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Admission } from '../../controller/scope/admission.ts';
import { wantedScope } from '../../controller/scope/wanted-scope.ts';
import type { TenancyRules } from '../../core/guards/tenancy.ts';
import { type GroupList, scopeKey } from '../../core/model.ts';
import type { PermissionRules } from '../../core/permission.ts';
import { Tenancy } from '../../core/tenancy.ts';
import type { Metrics } from '../../http/metrics.ts';
import { scopesWithLease } from '../../kube/known-scopes.ts';
import { KubeConnection } from '../../kube/kube-connection.ts';
import { LeaseMembers } from '../../kube/lease-members.ts';
import { ScopeLeases } from '../../kube/scope-leases.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { systemRandom } from '../../runtime/random.ts';
import { EventWriter } from '../../sinks/kubernetes/event-writer.ts';
import { FinalizerKeeper } from '../../sinks/kubernetes/finalizer-keeper.ts';
import { KubernetesSink } from '../../sinks/kubernetes/kubernetes-sink.ts';
import { LettingGo } from '../../sinks/kubernetes/letting-go.ts';
import { StatusLevel } from '../../sinks/kubernetes/status-level.ts';
import { StatusSafekeeping } from '../../sinks/kubernetes/status-safekeeping.ts';
import { StatusWriter } from '../../sinks/kubernetes/status-writer.ts';
import { WriteHistory } from '../../sinks/kubernetes/write-history.ts';
import type { Journal, Safekeeping } from '../../sinks/port.ts';
import { KubernetesSource } from '../../sources/kubernetes/kubernetes-source.ts';

/** The last statuses get this long at the end. */
const LAST_WRITES_MS = 1_500;

export interface KubernetesFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: readonly string[];
  readonly selector: string | undefined;
  readonly leaseNamespace: string | undefined;
  readonly oneLease: boolean;
}

/** Where replicas find each other's leases. */
export interface LeasePlace {
  readonly namespace: string;
  /** Of the kubeconfig; absent in a pod. */
  readonly context: string | undefined;
  /** Whether only the context names the namespace, which is meant for other things too. */
  readonly isGuessed: boolean;
}

export interface KubernetesFront extends AsyncDisposable {
  readonly connection: KubeConnection;
  readonly source: KubernetesSource;
  readonly sink: KubernetesSink;
  /** For a process whose state file does not outlive it. */
  readonly safekeeping: Safekeeping;
  readonly leases: ScopeLeases;
  readonly leasePlace: LeasePlace;
  /** Those of these scopes that have a Lease already. */
  proven(scopes: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
  readonly statuses: StatusWriter;
  /** The same journal; what goes through it is told in the statuses as well. */
  watch(journal: Journal): Journal;
  /** Resolves when what was published last is written, or has taken too long; nothing is written afterwards. */
  finish(): Promise<void>;
  /** Ties it to what the engine knows, and starts to keep finalizers. */
  remember(memory: KubernetesMemory): void;
}

/** What the cluster side has to know of the engine. */
export interface KubernetesMemory {
  readonly original: (id: InstanceId) => GroupList | undefined;
  readonly isRestoring: (key: BindingKey) => boolean;
  /** Which scopes are served, and who speaks for the others. */
  readonly admission: Pick<Admission, 'follow' | 'mayTell'>;
}

export interface KubernetesFrontOptions {
  readonly log: Log;
  readonly metrics: Metrics | undefined;
  /** What approvals and emergencies have to keep to. */
  readonly rules: PermissionRules & TenancyRules;
}

/** Connects to nothing yet. Rejects with a KubeError when there is no cluster to speak to. */
export async function kubernetesFront(
  flags: KubernetesFlags,
  { log, metrics, rules }: KubernetesFrontOptions,
): Promise<KubernetesFront> {
  const stop = new AbortController();
  const tenancy = new Tenancy(rules);
  const base = { clock: systemClock, random: systemRandom, log };
  const connection = await KubeConnection.load({
    ...base,
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    onRequest: (event) => metrics?.restRequest(event),
  });
  const identity = `${hostname()}_${Math.floor(systemRandom.next() * 2 ** 32).toString(16)}`;
  const namespace = flags.leaseNamespace ?? connection.namespace;
  const members = new LeaseMembers({ ...base, connection, namespace, watches: watchesText(flags) });
  const leases: ScopeLeases = new ScopeLeases({
    ...base,
    connection,
    namespace,
    identity,
    members,
    isFollowing: () => source.isFollowing(systemClock.now()),
    oneLease: flags.oneLease,
  });
  const source: KubernetesSource = new KubernetesSource({
    ...base,
    connection,
    namespaces: flags.namespace.length === 0 ? undefined : flags.namespace,
    labelSelector: flags.selector,
    rules,
    // A lease takes a moment, and the list of all objects takes longer.
    onScope: (scope, { key, ...declarer }) =>
      memory?.admission.follow(key, wantedScope(tenancy, declarer, scope)),
    onStatus: (keys) => level.seen(keys),
    onLeft: (object, scope) => void lettingGo.letGo(object, scope),
  });
  const writers = { ...base, connection, signal: stop.signal };
  let memory: KubernetesMemory | undefined;
  const safekeeping = new StatusSafekeeping({ object: (key) => source.object(key) });
  const mayTell = (scope: string) => memory?.admission.mayTell(scope) ?? false;
  const mayWrite = (key: string) => {
    const scope = source.scope(key as BindingKey);
    return scope !== undefined && mayTell(scopeKey(scope));
  };
  const statuses = new StatusWriter({
    ...writers,
    mayWrite,
    onWritten: (write) => safekeeping.written(write),
  });
  const level: StatusLevel = new StatusLevel({
    ...writers,
    statuses,
    object: (key) => source.object(key as BindingKey),
    leads: mayWrite,
  });
  const lettingGo = new LettingGo({
    ...writers,
    selector: `--selector ${flags.selector}`,
    leads: mayTell,
    isSeen: (key) => source.object(key as BindingKey) !== undefined,
    isRestoring: (key) => memory?.isRestoring(key as BindingKey) ?? true,
  });
  const events = new EventWriter({ ...writers, instance: identity });
  const finalizers = new FinalizerKeeper({
    ...writers,
    objects: () => source.finalized(),
    leads: mayWrite,
    isRestoring: (key) => memory?.isRestoring(key as BindingKey) ?? true,
    onAdded: (key, uid) => safekeeping.finalized(key, uid),
  });
  const history = new WriteHistory({
    clock: systemClock,
    isDeclared: (key, uid) => {
      const metadata = source.object(key)?.metadata;
      return metadata?.uid === uid && metadata.deletionTimestamp === undefined;
    },
  });
  const sink = new KubernetesSink({
    history,
    statuses,
    events,
    level,
    finalizers,
    safekeeping,
    object: (key) => source.object(key),
    original: (id) => memory?.original(id),
  });
  return {
    connection,
    source,
    sink,
    safekeeping,
    leases,
    proven: async (scopes, signal) =>
      flags.oneLease ? new Set() : scopesWithLease(scopes, { connection, namespace }, signal),
    leasePlace: {
      namespace,
      context: connection.context,
      isGuessed: flags.leaseNamespace === undefined && connection.context !== undefined,
    },
    statuses,
    watch: (journal) => history.watch(journal),
    remember(parts) {
      memory = parts;
      finalizers.start();
    },
    async finish() {
      finalizers.stop();
      level.stop();
      const cancel = systemClock.setTimer(LAST_WRITES_MS, () => stop.abort());
      await Promise.all([statuses.idle(), events.idle(), finalizers.idle()]);
      cancel();
      stop.abort();
    },
    async [Symbol.asyncDispose]() {
      finalizers.stop();
      level.stop();
      stop.abort();
      await connection.close();
    },
  };
}

/** What an installation follows and how it keeps its leases: replicas of one installation say the same. */
function watchesText({ namespace, selector, oneLease }: KubernetesFlags): string {
  const where = namespace.length === 0 ? 'every namespace' : `--namespace ${[...namespace].sort().join(' ')}`;
  const which = selector === undefined ? [] : [`--selector ${selector}`];
  return [where, ...which, ...(oneLease ? ['--one-lease'] : [])].join(', ');
}
