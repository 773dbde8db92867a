/** The cluster side of `cvmsg run`: the objects as a source, their statuses and events as a sink, leases between replicas. */
import { hostname } from 'node:os';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import { wantedScope } from '../controller/scope/scope-demand.ts';
import type { ServedScopes } from '../controller/scope/served-scopes.ts';
import type { TenancyRules } from '../core/guards/tenancy.ts';
import { type GroupList, scopeKey } from '../core/model.ts';
import type { PermissionRules } from '../core/permission.ts';
import { Tenancy } from '../core/tenancy.ts';
import type { Metrics } from '../http/metrics.ts';
import { KubeConnection } from '../kubernetes/client/kube-connection.ts';
import { LeaseMembers } from '../kubernetes/client/lease-members.ts';
import { scopesWithLease } from '../kubernetes/client/lease-names.ts';
import { ScopeLeases } from '../kubernetes/client/scope-leases.ts';
import { KubernetesSource } from '../kubernetes/source/kubernetes-source.ts';
import { EventWriter } from '../kubernetes/status/event-writer.ts';
import { FinalizerKeeper } from '../kubernetes/status/finalizer-keeper.ts';
import { KubernetesSink } from '../kubernetes/status/kubernetes-sink.ts';
import { RoleBindingKeeper } from '../kubernetes/status/role-binding-keeper.ts';
import { StatusDrift } from '../kubernetes/status/status-drift.ts';
import { StatusOriginals } from '../kubernetes/status/status-originals.ts';
import { StatusWriter } from '../kubernetes/status/status-writer.ts';
import { TrafficEvents } from '../kubernetes/status/traffic-events.ts';
import { UnselectedObjects } from '../kubernetes/status/unselected-objects.ts';
import { WriteEvents } from '../kubernetes/status/write-events.ts';
import { WriteHistory } from '../kubernetes/status/write-history.ts';
import type { JournalListener } from '../ports/journal.ts';
import type { BindingStatus } from '../ports/status.ts';
import type { TrafficRecorder } from '../ports/traffic.ts';
import type { WriteRecorder } from '../ports/writes.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { type Random, systemRandom } from '../runtime/random.ts';
import { objectStatus } from './object-status.ts';

/** The last statuses get this long at the end. */
const LAST_WRITES_MS = 1_500;

export interface ClusterOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: readonly string[];
  readonly selector: string | undefined;
  readonly leaseNamespace: string | undefined;
  readonly oneLease: boolean;
  readonly roleBinding: string | undefined;
}

/** Where replicas find each other's leases. */
export interface LeasePlace {
  readonly namespace: string;
  /** Of the kubeconfig; absent in a pod. */
  readonly context: string | undefined;
  /** Whether only the context names the namespace, which is meant for other things too. */
  readonly isGuessed: boolean;
}

/** What the cluster side has to know of the engine. */
export interface KubernetesMemory {
  readonly original: (id: InstanceId) => GroupList | undefined;
  readonly isRestoring: (key: BindingKey) => boolean;
  /** Which scopes are served, and who speaks for the others. */
  readonly served: Pick<ServedScopes, 'follow' | 'mayTell'>;
}

export interface KubernetesSetupParts {
  readonly log: Log;
  readonly metrics: Metrics | undefined;
  /** What approvals and emergencies have to keep to. */
  readonly rules: PermissionRules & TenancyRules;
}

/** Connects to nothing yet. Rejects with a KubeError when there is no cluster to speak to. */
export async function setUpKubernetes(
  options: ClusterOptions,
  parts: KubernetesSetupParts,
): Promise<KubernetesSetup> {
  const connection = await KubeConnection.load({
    clock: systemClock,
    kubeconfig: options.kubeconfig,
    context: options.context,
    onRequest: (event) => parts.metrics?.restRequest(event),
  });
  return new KubernetesSetup(connection, options, parts);
}

/** Everything that speaks to the API server. */
export class KubernetesSetup implements AsyncDisposable {
  readonly connection: KubeConnection;
  readonly source: KubernetesSource;
  readonly sink: KubernetesSink;
  readonly leases: ScopeLeases;
  readonly leasePlace: LeasePlace;
  readonly statuses: StatusWriter;
  /** For a process whose state file does not outlive it. */
  readonly persistedOriginals: StatusOriginals;
  readonly #options: ClusterOptions;
  readonly #writers: Writers;
  readonly #stop = new AbortController();
  readonly #drift: StatusDrift;
  readonly #events: EventWriter;
  readonly #finalizers: FinalizerKeeper;
  readonly #roleBindings: RoleBindingKeeper | undefined;
  readonly #history: WriteHistory;
  #memory: KubernetesMemory | undefined;

  constructor(connection: KubeConnection, options: ClusterOptions, { log, rules }: KubernetesSetupParts) {
    this.connection = connection;
    this.#options = options;
    const { signal } = this.#stop;
    const writers = { clock: systemClock, random: systemRandom, log, connection, signal };
    this.#writers = writers;
    const instance = `${hostname()}_${Math.floor(systemRandom.next() * 2 ** 32).toString(16)}`;
    const namespace = options.leaseNamespace ?? connection.namespace;
    const isGuessed = options.leaseNamespace === undefined && connection.context !== undefined;
    this.leasePlace = { namespace, context: connection.context, isGuessed };
    this.leases = this.#openLeases(instance);
    this.source = this.#openSource(rules);
    const source = this.source;
    this.persistedOriginals = new StatusOriginals({ object: (key) => source.object(key) });
    const leads = (key: string) => this.#mayWrite(key);
    this.statuses = new StatusWriter({
      ...writers,
      mayWrite: leads,
      onWritten: (write) => this.persistedOriginals.written(write),
    });
    const { statuses, persistedOriginals } = this;
    const objectOf = (key: string) => source.object(key as BindingKey);
    this.#drift = new StatusDrift({ ...writers, statuses, object: objectOf, leads });
    this.#events = new EventWriter({ ...writers, instance, mayWrite: (name) => source.isOpen(name) });
    this.#roleBindings = this.#openRoleBindings();
    this.#finalizers = this.#openFinalizers();
    this.#history = this.#openHistory();
    this.sink = new KubernetesSink({
      history: this.#history,
      statuses,
      events: this.#events,
      drift: this.#drift,
      finalizers: this.#finalizers,
      persistedOriginals,
      object: objectOf,
      original: (id) => this.#memory?.original(id),
    });
  }

  /** Those of these scopes that have a Lease already. */
  async proven(scopes: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (this.#options.oneLease) return new Set();
    const { connection } = this;
    return scopesWithLease(scopes, { connection, namespace: this.leasePlace.namespace }, signal);
  }

  /** Tells in the statuses what is written. */
  get journalListener(): Partial<JournalListener> {
    return this.#history;
  }

  /** Tell in the objects what changed traffic. */
  get traffic(): readonly Partial<TrafficRecorder>[] {
    return [this.#history, new TrafficEvents(this.#events)];
  }

  /** Tells in the objects what became of writes. */
  get writes(): WriteRecorder {
    return new WriteEvents(this.#events);
  }

  /** What the object of a binding says of what it declares now; undefined where that gives nobody reason to tell anything. */
  toldStatus(key: BindingKey): BindingStatus | undefined {
    const object = this.source.object(key);
    const { metadata, status } = object ?? {};
    if (object === undefined || status?.observedGeneration !== metadata?.generation) return undefined;
    const { conditions = [], exposure = [], pendingPlans = [] } = status ?? {};
    const isReady = conditions.some(({ type, status: truth }) => type === 'Ready' && truth === 'True');
    return isReady && exposure.length + pendingPlans.length === 0 ? undefined : objectStatus(object).status;
  }

  /** Ties it to what the engine knows, and starts to keep finalizers. */
  remember(memory: KubernetesMemory): void {
    this.#memory = memory;
    this.#roleBindings?.start();
    this.#finalizers.start();
  }

  /** Resolves when what was published last is written, or has taken too long; nothing is written afterwards. */
  async finish(): Promise<void> {
    this.#finalizers.stop();
    this.#drift.stop();
    const cancel = systemClock.setTimer(LAST_WRITES_MS, () => this.#stop.abort());
    await Promise.all([this.statuses.idle(), this.#events.idle(), this.#finalizers.idle()]);
    cancel();
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finalizers.stop();
    this.#drift.stop();
    this.#stop.abort();
    await this.connection.close();
  }

  #openLeases(identity: string): ScopeLeases {
    const { clock, random, log, connection } = this.#writers;
    const place = { clock, random, log, connection, namespace: this.leasePlace.namespace };
    return new ScopeLeases({
      ...place,
      identity,
      members: new LeaseMembers({ ...place, watches: watchesText(this.#options) }),
      isFollowing: () => this.source.isFollowing(systemClock.now()),
      onOlder: () => this.source.distrust(),
      oneLease: this.#options.oneLease,
    });
  }

  #openSource(rules: KubernetesSetupParts['rules']): KubernetesSource {
    const { namespace, selector } = this.#options;
    const { clock, random, log, connection } = this.#writers;
    const tenancy = new Tenancy(rules);
    const unselectedObjects = this.#openUnselectedObjects();
    return new KubernetesSource({
      clock,
      random,
      log,
      connection,
      namespaces: namespace.length === 0 ? undefined : namespace,
      labelSelector: selector,
      rules,
      // A lease takes a moment, and the list of all objects takes longer.
      onScope: (scope, { key, ...declarer }) =>
        this.#memory?.served.follow(key, wantedScope(tenancy, declarer, scope)),
      onStatus: (keys) => this.#drift.seen(keys),
      onLeft: (object, scope) => void unselectedObjects.release(object, scope),
    });
  }

  #openUnselectedObjects(): UnselectedObjects {
    return new UnselectedObjects({
      ...this.#writers,
      selector: `--selector ${this.#options.selector}`,
      leads: (scope) => this.#mayTell(scope),
      isOpen: (name) => this.source.isOpen(name),
      isSeen: (key) => this.source.object(key as BindingKey) !== undefined,
      isRestoring: (key) => this.#isRestoring(key),
    });
  }

  #openRoleBindings(): RoleBindingKeeper | undefined {
    const { roleBinding, namespace } = this.#options;
    if (roleBinding === undefined) return undefined;
    return new RoleBindingKeeper({
      ...this.#writers,
      namespaces: namespace,
      name: roleBinding,
      isFollowed: (name) => this.source.isFollowed(name, systemClock.now()),
      leads: (key) => this.#mayWrite(key),
      onChange: () => this.#finalizers.poke(),
    });
  }

  #openFinalizers(): FinalizerKeeper {
    return new FinalizerKeeper({
      ...this.#writers,
      rights: this.#roleBindings,
      objects: () => this.source.finalized(),
      leads: (key) => this.#mayWrite(key),
      isRestoring: (key) => this.#isRestoring(key),
      onAdded: (key, uid) => this.persistedOriginals.finalized(key, uid),
    });
  }

  #openHistory(): WriteHistory {
    return new WriteHistory({
      clock: systemClock,
      isDeclared: (key, uid) => {
        const metadata = this.source.object(key)?.metadata;
        return metadata?.uid === uid && metadata.deletionTimestamp === undefined;
      },
    });
  }

  #isRestoring(key: string): boolean {
    return this.#memory?.isRestoring(key as BindingKey) ?? true;
  }

  #mayTell(scope: string): boolean {
    return this.#memory?.served.mayTell(scope) ?? false;
  }

  /** Whether this replica speaks for an object, and its namespace may be read. */
  #mayWrite(key: string): boolean {
    const scope = this.source.scope(key as BindingKey);
    if (!this.source.isOpen(key.slice(0, key.indexOf('/')))) return false;
    return scope !== undefined && this.#mayTell(scopeKey(scope));
  }
}

/** What all parts that write to the API server are given. */
interface Writers {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly connection: KubeConnection;
  readonly signal: AbortSignal;
}

/** What an installation follows and how it keeps its leases: replicas of one installation say the same. */
function watchesText({ namespace, selector, oneLease }: ClusterOptions): string {
  const where = namespace.length === 0 ? 'every namespace' : `--namespace ${[...namespace].sort().join(' ')}`;
  const which = selector === undefined ? [] : [`--selector ${selector}`];
  return [where, ...which, ...(oneLease ? ['--one-lease'] : [])].join(', ');
}
