/** What the probes and the metrics may look at; the command line ties it to the parts. */
import type { GuardReason } from '../api/conditions.ts';
import type { ApiGeneration } from '../core/cloud-error.ts';
import type { InstanceState } from '../core/instance-status.ts';

export interface ScopeView {
  /** `account@region`. */
  readonly scope: string;
  readonly leader: boolean;
  /** The generation of the API that the next call uses. */
  readonly api: ApiGeneration;
  readonly depth: Readonly<Record<'read' | 'write', number>>;
  /** Calls a second that are allowed at present. */
  readonly allowed: Readonly<Record<'read' | 'write', number>>;
  readonly inFlight: Readonly<Record<'read' | 'write', number>>;
  readonly instances: Readonly<Record<InstanceState, number>>;
  /** Instances whose change a guard keeps from being written, by its reason. */
  readonly guarded: Readonly<Record<GuardReason, number>>;
  /** Instances whose list allows what a rule of exposure forbids, by the name of the rule; every rule of the policy is here. */
  readonly exposed: Readonly<Record<string, number>>;
  /** Of the instance that was read longest ago; undefined when there is none. */
  readonly oldestObservationAgeSeconds: number | undefined;
}

export interface WatchView {
  /** What is watched, such as `cvmsecuritygroupbindings`. */
  readonly resource: string;
  /** Where it is watched; '' for the whole cluster. */
  readonly namespace: string;
  readonly synced: boolean;
  /** Whether it may be read. */
  readonly following: boolean;
  readonly restarts: number;
  readonly relists: number;
  readonly foundByRelist: number;
  readonly lastEventAgeSeconds: number | undefined;
}

/** One thing that has to be true for a probe to succeed, with a word on how it stands. */
export interface ProbeCheck {
  readonly name: string;
  readonly fine: boolean;
  readonly detail: string;
}

export interface SuspensionsView {
  readonly bindings: number;
  /** How long the oldest of them lasts; 0 when there is none. */
  readonly longestSeconds: number;
}

/** The fleet at one look; scopes and bindings as they were when their turn came. */
export interface FleetView {
  readonly scopes: readonly ScopeView[];
  /** Of the scopes that this replica speaks for: how many bindings have every instance in sync, and how many do not. */
  readonly bindings: Readonly<Record<'ready' | 'notReady', number>>;
  readonly suspensions: SuspensionsView;
}

export const NO_FLEET: FleetView = {
  scopes: [],
  bindings: { ready: 0, notReady: 0 },
  suspensions: { bindings: 0, longestSeconds: 0 },
};

/** What the page may look at. */
export interface ScopesView {
  /** Looks at every instance once. Yields when other work may go on. */
  readonly scopes: () => Generator<void, readonly ScopeView[]>;
}

export interface ProcessView {
  /** Looks at every instance and binding once. Yields when other work may go on. */
  readonly fleet: () => Generator<void, FleetView>;
  readonly watches: () => readonly WatchView[];
  /** Whether the process itself goes on; never about the API server, the cloud or the credentials. */
  readonly healthChecks: () => readonly ProbeCheck[];
  readonly readyChecks: () => readonly ProbeCheck[];
  /** Journal entries that have no outcome yet. */
  readonly openJournalEntries: () => number;
}
