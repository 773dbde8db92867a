/** What the parts of one scope's controller share. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Claim } from '../../core/claim.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { GuardRules } from '../../core/guard-port.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import type { ScopeProblem } from '../../core/instance-status.ts';
import type { GroupList, Scope } from '../../core/model.ts';
import type { WindowState } from '../../core/policy.ts';
import type { ControllerSettings } from '../../core/settings.ts';
import type { CloudClient, ListedInstance } from '../../ports/cloud.ts';
import type { Journal } from '../../ports/journal.ts';
import type { RuleReaders } from '../../ports/rules.ts';
import type { Source } from '../../ports/source.ts';
import type { Inventory, PersistedOriginals } from '../../ports/store.ts';
import type { TrafficRecorder } from '../../ports/traffic.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { Telemetry } from '../../runtime/telemetry.ts';
import type { Priority } from '../../runtime/work-queue.ts';
import type { Approvals } from '../budget/approvals.ts';
import type { Budget } from '../budget/budget.ts';
import type { FleetSizes } from '../budget/fleet-sizes.ts';
import type { Restorations } from '../restoration/restorations.ts';
import type { ScopeClaims } from '../restoration/scope-claims.ts';
import type { ListingKey } from './scope-listings.ts';
import type { ScopeRules } from './scope-rules.ts';
import type { ScopeTraffic } from './scope-traffic.ts';

/** Ports and settings that every scope is given. */
export interface ScopePorts {
  readonly claims: ClaimIndex;
  readonly restorations: Pick<Restorations, 'claim' | 'end'>;
  /** What they remember of earlier processes counts. */
  readonly sources: readonly Source[];
  readonly journal: Journal;
  readonly inventory: Inventory;
  readonly settings: ControllerSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly leadership: Leadership;
  readonly approvals: Approvals;
  readonly sizes: FleetSizes;
  /** Whether a part of what is declared is not known yet. */
  readonly isTakingIn: () => boolean;
  /** The windows of the policy at this moment. */
  readonly windows: () => readonly WindowState[];
  /** Absent: nothing is known of the rules of groups. */
  readonly ruleReaders?: RuleReaders | undefined;
  /** Absent: nobody is told what drift and changed rules opened. */
  readonly trafficRecorder?: TrafficRecorder | undefined;
  readonly telemetry: Telemetry;
  /** Called whenever what users read of an instance may have changed. */
  readonly instanceChanged: (instanceId: InstanceId) => void;
  /** Called after an instance was read by a call that left at `startedAtMs`. */
  readonly observed: (instanceId: InstanceId, startedAtMs: number) => void;
  /** Called after instances were read, before anything is decided about them: whose they are may be another's. */
  readonly instancesRead: (instanceIds: readonly InstanceId[]) => void;
  /** Called after a listing of instances was read completely, or failed. */
  readonly listed: (scope: Scope, key: ListingKey, instances: readonly ListedInstance[]) => void;
  readonly listingFailed: (scope: Scope, key: ListingKey, error: CloudError) => void;
  /** These bindings are published at once, steps in between and all. */
  readonly publishSoon: (keys: Iterable<BindingKey>) => void;
  /** Absent: the inventory keeps original lists for the next process. */
  readonly persistedOriginals?: PersistedOriginals | undefined;
  /** Called when a problem of the whole scope came or went. */
  readonly scopeChanged: () => void;
}

/** The scope itself: its records, its client, and how work is asked for. */
export interface ScopeContext extends ScopePorts {
  readonly scope: Scope;
  readonly client: CloudClient;
  readonly signal: AbortSignal;
  readonly budget: Budget;
  /** What is known of the rules of groups; absent: nobody reads them. */
  readonly groupRules: ScopeRules | undefined;
  /** Absent: nobody is told of traffic. */
  readonly traffic: ScopeTraffic | undefined;
  /** An instance would be written: what is known of its groups, and of those that it may have now, has to be fresh. False while it is read again. */
  needGroups(instanceId: InstanceId, present: readonly GroupList[]): boolean;
  /** What guards decide by at this moment. */
  readonly rules: () => GuardRules;
  readonly records: Map<InstanceId, InstanceRecord>;
  /** When this replica last began to act for the scope: what was read before is shown, and written by no more. */
  actingSinceMs: number;
  /** What holds up every call of this scope at present. */
  problem: ScopeProblem;
  readonly claimed: ScopeClaims;
  /** The claim on an instance, when it is this scope's: a binding's, or that of a restoration. */
  claimOf(instanceId: InstanceId): Claim | undefined;
  /** Its declaration is on its way: the record waits for it. */
  isPrefetched(instanceId: InstanceId): boolean;
  requestRead(record: InstanceRecord, options: { priority: Priority; notBeforeMs?: number }): void;
  requestWrite(record: InstanceRecord, options: { notBeforeMs?: number }): void;
  cancelWrite(record: InstanceRecord): void;
  reconcile(record: InstanceRecord): void;
}
