/** What probes and metrics see of a running controller. */
import { type ConditionReason, GUARD_REASONS, type GuardReason } from '../api/conditions.ts';
import type { Controller } from '../controller/controller.ts';
import type { ScopeController } from '../controller/scope/scope-controller.ts';
import type { ServedScopes } from '../controller/scope/served-scopes.ts';
import { exposedBy } from '../core/guards/exposure.ts';
import { INSTANCE_STATES, type InstanceState, isPlainlyInSync } from '../core/instance-status.ts';
import { scopeKey } from '../core/model.ts';
import { suspensionMessage } from '../core/suspension.ts';
import { shortDuration } from '../core/text/duration.ts';
import type { FleetView, ProbeCheck, ProcessView, ScopesView, ScopeView } from '../http/view.ts';
import type { Reflector } from '../kubernetes/client/reflector.ts';
import type { ScopeLeases } from '../kubernetes/client/scope-leases.ts';
import type { Source } from '../ports/source.ts';
import type { Sink } from '../ports/status.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Leadership } from '../runtime/leadership.ts';
import type { Liveness, LivenessCheck } from '../runtime/liveness.ts';
import type { KubernetesSetup } from './kubernetes-setup.ts';

export interface ProcessViewOptions {
  readonly controller: Controller;
  readonly sources: readonly Source[];
  readonly cluster: KubernetesSetup | undefined;
  readonly leadership: Leadership & Pick<ServedScopes, 'mayTell'>;
  readonly sinks: readonly Pick<Sink, 'previous'>[];
  readonly openJournalEntries: () => number;
  readonly clock: Clock;
  readonly liveness: Pick<Liveness, 'results'>;
}

export function processView(options: ProcessViewOptions): ProcessView & ScopesView {
  const { cluster, clock } = options;
  return {
    scopes: () => scopeViews(options),
    fleet: () => fleetView(options),
    watches: () =>
      (cluster?.source.reflectors ?? []).map(({ stats, synced, namespace, forbidden }) => ({
        resource: 'cvmsecuritygroupbindings',
        namespace,
        synced,
        following: forbidden === undefined,
        restarts: stats.restarts,
        relists: stats.relists,
        foundByRelist: stats.foundByRelist,
        lastEventAgeSeconds: stats.lastEventMs === 0 ? undefined : (clock.now() - stats.lastEventMs) / 1_000,
      })),
    healthChecks: () => options.liveness.results(),
    readyChecks: () =>
      options.sources.map((source) =>
        source === cluster?.source ? watchCheck(cluster.source, clock.now()) : sourceCheck(source),
      ),
    openJournalEntries: options.openJournalEntries,
  };
}

/** Instances, or bindings, that are looked at before other work may go on. */
const AT_ONCE = 500;

function* fleetView(options: ProcessViewOptions): Generator<void, FleetView> {
  const scopes = yield* scopeViews(options);
  return { scopes, ...(yield* bindingCounts(options)) };
}

function* scopeViews(options: ProcessViewOptions): Generator<void, readonly ScopeView[]> {
  const views: ScopeView[] = [];
  for (const scope of [...options.controller.scopes]) views.push(yield* scopeView(scope, options));
  return views;
}

/** Of the bindings that this replica speaks for. A binding is suspended since its condition says so. */
function* bindingCounts(options: ProcessViewOptions): Generator<void, Omit<FleetView, 'scopes'>> {
  const { controller, leadership, sinks, clock } = options;
  const wallMs = clock.wall();
  const bindings = { ready: 0, notReady: 0 };
  let suspended = 0;
  let longestMs = 0;
  let looked = 0;
  for (const binding of controller.claims.bindings.values()) {
    looked += 1 + binding.instanceIds.length;
    if (looked > AT_ONCE) {
      looked = 0;
      yield;
    }
    if (!leadership.mayTell(scopeKey(binding.scope))) continue;
    const fine = binding.instanceIds.every((id) => controller.statusView.isInSync(binding.key, id));
    if (fine && binding.invalid === undefined && binding.selection === undefined) bindings.ready++;
    else bindings.notReady++;
    if (suspensionMessage(binding, wallMs) === undefined) continue;
    suspended++;
    for (const { type, lastTransitionTime } of sinks.flatMap((sink) => sink.previous(binding.key)))
      if (type === 'Suspended') longestMs = Math.max(longestMs, wallMs - Date.parse(lastTransitionTime));
  }
  return { bindings, suspensions: { bindings: suspended, longestSeconds: longestMs / 1_000 } };
}

/** Whether a guard, and not the cloud, keeps the change from being written. */
function isGuarded(state: InstanceState, reason: ConditionReason): reason is GuardReason {
  const held = state === 'Refused' || state === 'Deferred' || state === 'Blocked';
  return held && (GUARD_REASONS as readonly ConditionReason[]).includes(reason);
}

function* scopeView(
  scope: ScopeController,
  { controller, clock, leadership }: ProcessViewOptions,
): Generator<void, ScopeView> {
  const instances = Object.fromEntries(INSTANCE_STATES.map((state) => [state, 0])) as Record<
    InstanceState,
    number
  >;
  const guarded = Object.fromEntries(GUARD_REASONS.map((reason) => [reason, 0])) as Record<
    GuardReason,
    number
  >;
  const rules = scope.rules();
  const exposed = Object.fromEntries(rules.policy.exposure.map(({ name }) => [name, 0]));
  let oldestMs = Number.POSITIVE_INFINITY;
  let looked = 0;
  for (const record of scope.records.values()) {
    if (++looked % AT_ONCE === 0) yield;
    const claim = controller.claims.claim(record.id, scopeKey(scope.scope));
    if (claim === undefined) continue;
    // What was never read is as old as what is known of the scope at all.
    oldestMs = Math.min(oldestMs, record.observedAtMs || scope.sinceMs);
    if (record.observed !== undefined) {
      const subject = { binding: claim.owner, observed: record.observed, rules };
      for (const { name } of exposedBy(record.observed.sgIds, subject))
        exposed[name] = (exposed[name] ?? 0) + 1;
    }
    // Most of a fleet, most of the time: what it would take to tell all statuses is not spent for a page.
    if (isPlainlyInSync(record, claim, scope.problem)) {
      instances.InSync++;
      continue;
    }
    const { state, reason } = controller.status(claim.owner.key, record.id);
    instances[state]++;
    if (isGuarded(state, reason)) guarded[reason]++;
  }
  const { read, write } = scope.dispatchers;
  return {
    scope: scopeKey(scope.scope),
    api: scope.api.api,
    leader: leadership.mayAct(scopeKey(scope.scope)),
    depth: { read: read.depth, write: write.depth },
    allowed: { read: read.quota.allowed, write: write.quota.allowed },
    inFlight: { read: read.quota.inFlight, write: write.quota.inFlight },
    instances,
    guarded,
    exposed,
    oldestObservationAgeSeconds: Number.isFinite(oldestMs) ? (clock.now() - oldestMs) / 1_000 : undefined,
  };
}

// What `/readyz` says of each source. An outage leaves a process ready: its place taken by another would mend nothing. So
// the words must not pass off an old copy for the present truth.

/** What is asked of a source that watches a cluster. */
export interface WatchedSource extends Pick<Source, 'name' | 'synced'> {
  readonly reflectors: readonly {
    readonly stats: { readonly lastEventMs: number };
    /** Why the server keeps what it watches from us. */
    readonly forbidden: Error | undefined;
  }[];
  isFollowing(nowMs: number): boolean;
  /** The namespaces that cannot be read, and why. */
  unfollowed(): Iterable<readonly [namespace: string, why: string]>;
}

export function sourceCheck({
  name,
  synced,
  problem,
}: Pick<Source, 'name' | 'synced' | 'problem'>): ProbeCheck {
  const state = synced ? 'was read whole' : 'was not read yet';
  const since = synced ? `${state}, before it could not be read any more` : state;
  return {
    name: `source ${name}`,
    fine: synced,
    detail: problem === undefined ? state : `${since}: ${problem.message}`,
  };
}

export function watchCheck(source: WatchedSource, nowMs: number): ProbeCheck {
  const cut = [...source.unfollowed()].map(([namespace]) =>
    namespace === '' ? 'the cluster' : `"${namespace}"`,
  );
  const others = cut.length === 0 ? '' : `; not followed, because it may not be read: ${cut.join(', ')}`;
  return {
    name: `source ${source.name}`,
    fine: source.synced,
    detail: `${watchText(source, nowMs)}${others}`,
  };
}

function watchText(source: WatchedSource, nowMs: number): string {
  const { synced, reflectors } = source;
  const open = reflectors.filter(({ forbidden }) => forbidden === undefined);
  const heard = (open.length > 0 ? open : reflectors).map(({ stats }) => stats.lastEventMs);
  if (!synced) {
    const some = heard.some((ms) => ms > 0) ? ' of some namespaces' : '';
    return `was not read yet; the API server has told nothing${some}`;
  }
  const ago = `${shortDuration(nowMs - Math.min(...heard))} ago`;
  if (source.isFollowing(nowMs))
    return `was read whole and is followed; the API server told something last ${ago}`;
  return `was read whole, before an outage: the watch is lost, and the copy is of what the API server told last, ${ago}`;
}

// The parts of a running controller that must never stop. Each window is longer than anything outside can hold the
// part up: calls to the cloud end within 20 s and requests to the API server within 30 s, whatever the other side does;
// a watch is given up after 150 s of silence, and its pauses are 2 minutes at most.

const DISPATCHER_WINDOW_MS = 300_000;
const WATCH_WINDOW_MS = 600_000;
const LEASES_WINDOW_MS = 300_000;

interface LivingParts {
  readonly scopes: Iterable<Pick<ScopeController, 'scope' | 'dispatchers'>>;
  /** Absent without a cluster. */
  readonly cluster?:
    | {
        readonly source: { readonly reflectors: readonly Pick<Reflector<never>, 'path' | 'stats'>[] };
        readonly leases: Pick<ScopeLeases, 'rounds'>;
      }
    | undefined;
}

export function* livenessChecks({ scopes, cluster }: LivingParts): Generator<LivenessCheck> {
  for (const { scope, dispatchers } of scopes) {
    for (const kind of ['read', 'write'] as const) {
      yield {
        name: `${kind} lane ${scopeKey(scope)}`,
        ...dispatchers[kind].heartbeat,
        windowMs: DISPATCHER_WINDOW_MS,
      };
    }
  }
  if (cluster === undefined) return;
  for (const { path, stats } of cluster.source.reflectors) {
    yield { name: `watch ${path}`, busy: true, steps: stats.steps, windowMs: WATCH_WINDOW_MS };
  }
  yield { name: 'leases', busy: true, steps: cluster.leases.rounds, windowMs: LEASES_WINDOW_MS };
}
