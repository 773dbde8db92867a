/** The metrics of queues, calls and reconciling, under the names that existing dashboards know. */
import { type CallKind, RECONCILE_RESULTS, type Telemetry } from '../runtime/telemetry.ts';
import type { MetricKit } from './metric-kit.ts';

const CALL_KINDS: readonly CallKind[] = ['read', 'write'];
const CONTROLLER = 'cvmsecuritygroupbinding';

/** Counts what happens in the dispatchers, every label combination from the start. */
export function telemetryMetrics(kit: MetricKit): Telemetry {
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
