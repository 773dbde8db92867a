/**
 * The metrics, under the names that existing dashboards know and under our own. Every label combination is there from
 * the start, at zero; no label holds an instance, a binding or a code that the vendor could invent tomorrow.
 */
import { GUARD_REASONS } from '../api/conditions.ts';
import { CLOUD_ERROR_KINDS } from '../core/cloud-error.ts';
import { INSTANCE_STATES } from '../core/instance-status.ts';
import type { Clock } from '../runtime/clock.ts';
import { inSteps } from '../runtime/portions.ts';
import { type CallKind, RECONCILE_RESULTS, type Telemetry } from '../runtime/telemetry.ts';
import { MetricKit } from './metric-kit.ts';
import { collectDefaultMetrics, Registry } from './metric-library.ts';
import { NO_FLEET, type ProcessView, type ScopeView } from './view.ts';

const NEVER = new AbortController().signal;
const CALL_KINDS: readonly CallKind[] = ['read', 'write'];
const ACTIONS = {
  v2: ['DescribeInstances', 'ModifySecurityGroupsOfInstance', 'DescribeSecurityGroupPolicys'],
  v3: [
    'DescribeInstances',
    'ModifyInstancesAttribute',
    'DescribeSecurityGroups',
    'DescribeSecurityGroupLimits',
    'DescribeSecurityGroupPolicies',
    'DescribeAddressTemplates',
    'DescribeAddressTemplateGroups',
    'DescribeServiceTemplates',
    'DescribeServiceTemplateGroups',
  ],
} as const;

export class Metrics {
  readonly #registry = new Registry();
  readonly #kit = new MetricKit(this.#registry);
  readonly telemetry: Telemetry;
  readonly #cloudRequests;
  readonly #restRequests;

  readonly #view: ProcessView;
  readonly #clock: Pick<Clock, 'sleep'>;
  #fleet = NO_FLEET;
  /** What is being made. */
  #text: Promise<string> | undefined;

  constructor(view: ProcessView, clock: Pick<Clock, 'sleep'>) {
    this.#view = view;
    this.#clock = clock;
    collectDefaultMetrics({ register: this.#registry });
    this.telemetry = telemetryMetrics(this.#kit);
    this.#cloudRequests = this.#kit.counter({
      name: 'cvmsg_cloud_requests_total',
      help: 'Calls to the cloud by generation, action and outcome: OK, or the kind of failure.',
      labelNames: ['api', 'action', 'code'],
    });
    this.#restRequests = this.#kit.counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server by method and HTTP status.',
      labelNames: ['method', 'code'],
    });
    for (const [api, actions] of Object.entries(ACTIONS)) {
      for (const action of actions) {
        for (const code of ['OK', ...CLOUD_ERROR_KINDS]) this.#cloudRequests.inc({ api, action, code }, 0);
      }
    }
    this.#dispatcherGauges();
    this.#scopeGauges();
    this.#bindingGauges(view);
    this.#watchGauges(view);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics, in the Prometheus text format. Whoever asks while they are made gets the same. */
  text(): Promise<string> {
    this.#text ??= this.#make().finally(() => {
      this.#text = undefined;
    });
    return this.#text;
  }

  async #make(): Promise<string> {
    // Looked at once for all gauges.
    this.#fleet = await inSteps(this.#view.fleet(), { clock: this.#clock, signal: NEVER });
    return this.#registry.metrics();
  }

  /** Counts a call to the cloud. @param code `OK` or a kind of failure. */
  cloudRequest(labels: { readonly api: string; readonly action: string; readonly code: string }): void {
    this.#cloudRequests.inc(labels);
  }

  /** Counts a request to the API server. */
  restRequest(labels: { readonly method: string; readonly code: string }): void {
    this.#restRequests.inc(labels);
  }

  #dispatcherGauges(): void {
    const perKind = (name: string, help: string, value: (scope: ScopeView, kind: CallKind) => number) =>
      this.#kit.gauge({ name, help, labelNames: ['name', 'scope'] }, (gauge) => {
        for (const scope of this.#fleet.scopes) {
          for (const kind of CALL_KINDS) gauge.set({ name: kind, scope: scope.scope }, value(scope, kind));
        }
      });
    perKind('workqueue_depth', 'Keys that wait in a queue.', (scope, kind) => scope.depth[kind]);
    perKind(
      'cvmsg_quota_calls_allowed',
      'Calls a second that are allowed at present.',
      (scope, kind) => scope.allowed[kind],
    );
    perKind('cvmsg_calls_in_flight', 'Calls to the cloud under way.', (scope, kind) => scope.inFlight[kind]);
  }

  #scopeGauges(): void {
    this.#kit.gauge(
      {
        name: 'leader_election_master_status',
        help: '1 while this replica acts on the scope.',
        labelNames: ['name'],
      },
      (gauge) => {
        for (const { scope, leader } of this.#fleet.scopes) gauge.set({ name: scope }, leader ? 1 : 0);
      },
    );
    this.#kit.gauge(
      {
        name: 'cvmsg_api_generation',
        help: 'Generation of the API that the calls of a scope use: 2 or 3. It moves once, when 2.0 is retired.',
        labelNames: ['scope'],
      },
      (gauge) => {
        for (const { scope, api } of this.#fleet.scopes) gauge.set({ scope }, api === 'v2' ? 2 : 3);
      },
    );
    this.#kit.gauge(
      { name: 'cvmsg_instances', help: 'Claimed instances by state.', labelNames: ['scope', 'state'] },
      (gauge) => {
        for (const { scope, instances } of this.#fleet.scopes) {
          for (const state of INSTANCE_STATES) gauge.set({ scope, state }, instances[state]);
        }
      },
    );
    this.#kit.gauge(
      {
        name: 'cvmsg_guarded_instances',
        help: 'Instances whose change a guard keeps from being written, by its reason.',
        labelNames: ['scope', 'reason'],
      },
      (gauge) => {
        for (const { scope, guarded } of this.#fleet.scopes) {
          for (const reason of GUARD_REASONS) gauge.set({ scope, reason }, guarded[reason]);
        }
      },
    );
    this.#kit.gauge(
      {
        name: 'cvmsg_exposed_instances',
        help: 'Instances whose list allows what a rule of exposure in the policy forbids, as far as rules of groups were read.',
        labelNames: ['scope', 'rule'],
      },
      (gauge) => {
        for (const { scope, exposed } of this.#fleet.scopes)
          for (const [rule, instances] of Object.entries(exposed)) gauge.set({ scope, rule }, instances);
      },
    );
    this.#kit.gauge(
      {
        name: 'cvmsg_oldest_observation_age_seconds',
        help: 'Age of the oldest observation of a scope.',
        labelNames: ['scope'],
      },
      (gauge) => {
        for (const one of this.#fleet.scopes)
          gauge.set({ scope: one.scope }, one.oldestObservationAgeSeconds ?? 0);
      },
    );
  }

  #bindingGauges(view: ProcessView): void {
    this.#kit.gauge(
      {
        name: 'cvmsg_bindings',
        help: 'Declared bindings by Ready, of the scopes that this replica leads.',
        labelNames: ['ready'],
      },
      (gauge) => {
        const { ready, notReady } = this.#fleet.bindings;
        gauge.set({ ready: 'True' }, ready);
        gauge.set({ ready: 'False' }, notReady);
      },
    );
    this.#kit.gauge(
      {
        name: 'cvmsg_suspended_bindings',
        help: 'Declared bindings that are suspended, of the scopes that this replica leads.',
        labelNames: [],
      },
      (gauge) => gauge.set(this.#fleet.suspensions.bindings),
    );
    this.#kit.gauge(
      {
        name: 'cvmsg_longest_suspension_seconds',
        help: 'How long the oldest suspension lasts, of the scopes that this replica leads; 0 when there is none.',
        labelNames: [],
      },
      (gauge) => gauge.set(this.#fleet.suspensions.longestSeconds),
    );
    this.#kit.gauge(
      {
        name: 'cvmsg_journal_open_entries',
        help: 'Writes whose outcome is not recorded yet.',
        labelNames: [],
      },
      (gauge) => gauge.set(view.openJournalEntries()),
    );
  }

  #watchGauges(view: ProcessView): void {
    const perWatch = (
      name: string,
      help: string,
      value: 'restarts' | 'relists' | 'foundByRelist' | 'lastEventAgeSeconds' | 'following',
    ) =>
      this.#kit.gauge({ name, help, labelNames: ['resource', 'namespace'] }, (gauge) => {
        for (const watch of view.watches()) {
          const { resource, namespace } = watch;
          gauge.set({ resource, namespace }, Number(watch[value] ?? 0));
        }
      });
    perWatch(
      'cvmsg_watch_following',
      'Whether the objects of a namespace may be read (1) or not (0).',
      'following',
    );
    perWatch('cvmsg_watch_restarts', 'How often a watch was started again.', 'restarts');
    perWatch('cvmsg_watch_relists', 'How often a collection was listed whole.', 'relists');
    perWatch('cvmsg_watch_found_by_relist', 'Changes that no watch had told.', 'foundByRelist');
    perWatch(
      'cvmsg_watch_last_event_age_seconds',
      'Age of the last event, bookmarks included.',
      'lastEventAgeSeconds',
    );
  }
}

// The metrics of queues, calls and reconciling, under the names that existing dashboards know.

const CONTROLLER = 'cvmsecuritygroupbinding';

/** Counts what happens in the dispatchers, every label combination from the start. */
function telemetryMetrics(kit: MetricKit): Telemetry {
  const { added, retried, waited, worked, sizes } = queueMetrics(kit);
  const { reconciled, errors, took, drift, driftOpened, notifications } = outcomeMetrics(kit);
  return {
    added: (name) => added.inc({ name }),
    retried: (name) => retried.inc({ name }),
    left: (name, { size, waitedMs }) => {
      sizes.observe({ name }, size);
      for (const ms of waitedMs) waited.observe({ name }, ms / 1_000);
    },
    ended: (name, ms) => worked.observe({ name }, ms / 1_000),
    reconciled: (result, ms) => {
      reconciled.inc({ controller: CONTROLLER, result });
      took.observe({ controller: CONTROLLER }, ms / 1_000);
      if (result === 'error') errors.inc({ controller: CONTROLLER });
    },
    drift: (what) => drift.inc({ what }),
    driftOpened: (instances) => driftOpened.inc({}, instances),
    notified: (target, result, number) => notifications.inc({ target, result }, number),
  };
}

function queueMetrics(kit: MetricKit) {
  const added = kit.counter({
    name: 'workqueue_adds_total',
    help: 'Keys added to a queue.',
    labelNames: ['name'],
  });
  const retried = kit.counter({
    name: 'workqueue_retries_total',
    help: 'Keys added again after a failure.',
    labelNames: ['name'],
  });
  const waited = kit.histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a ready key waits to be worked on.',
    labelNames: ['name'],
  });
  const worked = kit.histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long the work on a batch takes.',
    labelNames: ['name'],
  });
  const sizes = kit.histogram(
    {
      name: 'cvmsg_batch_size',
      help: 'Instances of one call.',
      labelNames: ['name'],
    },
    [1, 2, 5, 10, 20, 50, 100],
  );
  for (const name of CALL_KINDS) {
    added.inc({ name }, 0);
    retried.inc({ name }, 0);
    for (const histogram of [waited, worked, sizes]) histogram.zero({ name });
  }
  return { added, retried, waited, worked, sizes };
}

function outcomeMetrics(kit: MetricKit) {
  const reconciled = kit.counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciled instances by result.',
    labelNames: ['controller', 'result'],
  });
  const errors = kit.counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciled instances whose last attempt had failed.',
    labelNames: ['controller'],
  });
  const took = kit.histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long the decision about one instance takes.',
    labelNames: ['controller'],
  });
  const drift = kit.counter({
    name: 'cvmsg_drift_total',
    help: 'Instances in which drift was found, and whose repair was read back.',
    labelNames: ['what'],
  });
  const driftOpened = kit.counter({
    name: 'cvmsg_drift_opened_total',
    help: 'Instances in which somebody else had opened what the declared list refuses.',
    labelNames: [],
  });
  const notifications = kit.counter({
    name: 'cvmsg_notifications_total',
    help: 'Notifications of a target by what became of them: sent, summarised (sent within one about several), failed, dropped.',
    labelNames: ['target', 'result'],
  });
  for (const result of RECONCILE_RESULTS) reconciled.inc({ controller: CONTROLLER, result }, 0);
  for (const what of ['found', 'repaired']) drift.inc({ what }, 0);
  driftOpened.inc({}, 0);
  errors.inc({ controller: CONTROLLER }, 0);
  took.zero({ controller: CONTROLLER });
  return { reconciled, errors, took, drift, driftOpened, notifications };
}
