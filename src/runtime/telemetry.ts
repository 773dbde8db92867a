/** What is counted while it happens, as a port. Gauges are read from the parts when somebody looks. */

/** The two kinds of calls of every scope. */
export type CallKind = 'read' | 'write';

export interface Telemetry {
  /** A key was added to a dispatcher's queue. */
  added(kind: CallKind): void;
  /** A key was added again because the work on it failed. */
  retried(kind: CallKind): void;
  /** A batch left: how many keys, and how long its keys had waited since they were ready. */
  left(kind: CallKind, batch: { readonly size: number; readonly waitedMs: readonly number[] }): void;
  /** A batch ended after `tookMs`. */
  ended(kind: CallKind, tookMs: number): void;
  /** An instance was reconciled: what came of it. */
  reconciled(result: ReconcileResult, tookMs: number): void;
  /** Drift was found in an instance, or read back as repaired. */
  drift(what: 'found' | 'repaired'): void;
  /** Drift has let through, in so many instances, what was refused. */
  driftOpened(instances: number): void;
  /** What became of so many notifications of a target; 0 makes it known. */
  notified(target: string, result: string, notifications: number): void;
}

/** The results that controller-runtime's dashboards know. */
export const RECONCILE_RESULTS = ['success', 'error', 'requeue', 'requeue_after'] as const;
export type ReconcileResult = (typeof RECONCILE_RESULTS)[number];

/** Counts nothing. */
export const noTelemetry: Telemetry = {
  added: () => {},
  retried: () => {},
  left: () => {},
  ended: () => {},
  reconciled: () => {},
  drift: () => {},
  driftOpened: () => {},
  notified: () => {},
};
