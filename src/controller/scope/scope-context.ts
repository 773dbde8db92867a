/** What the parts of one scope's controller share. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { CloudClient } from '../../cloud/port.ts';
import type { Claim } from '../../core/claim.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { GuardRules } from '../../core/guard-port.ts';
import type { InstanceRecord } from '../../core/instance-record.ts';
import type { ScopeProblem } from '../../core/judge.ts';
import type { ObservedInstance, Scope } from '../../core/model.ts';
import type { WindowState } from '../../core/policy.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { Telemetry } from '../../runtime/telemetry.ts';
import type { Priority } from '../../runtime/work-queue.ts';
import type { Inventory, Journal, Safekeeping } from '../../sinks/port.ts';
import type { Source } from '../../sources/port.ts';
import type { Approvals } from '../budget/approvals.ts';
import type { Budget } from '../budget/budget.ts';
import type { FleetSizes } from '../budget/fleet-sizes.ts';
import type { Restorations } from '../restoration/restorations.ts';
import type { ListingKey } from '../selection/scope-listings.ts';
import type { ControllerSettings } from '../settings.ts';
import type { ScopeClaims } from './scope-claims.ts';

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
  /** The windows of the policy at this moment. */
  readonly windows: () => readonly WindowState[];
  readonly telemetry: Telemetry;
  /** Called whenever what users read of an instance may have changed. */
  readonly touched: (instanceId: InstanceId) => void;
  /** Called after an instance was read by a call that left at `startedAtMs`. */
  readonly observed: (instanceId: InstanceId, startedAtMs: number) => void;
  /** Called after instances were read, before anything is decided about them: whose they are may be another's. */
  readonly instancesRead: (instanceIds: readonly InstanceId[]) => void;
  /** Called after a listing of instances was read completely, or failed. */
  readonly listed: (scope: Scope, key: ListingKey, instances: readonly ObservedInstance[]) => void;
  readonly listingFailed: (scope: Scope, key: ListingKey, error: CloudError) => void;
  /** These bindings are published at once, steps in between and all. */
  readonly publishSoon: (keys: Iterable<BindingKey>) => void;
  /** Absent: the inventory keeps original lists for the next process. */
  readonly safekeeping?: Safekeeping | undefined;
  /** Called when a problem of the whole scope came or went. */
  readonly scopeTouched: () => void;
}

/** The scope itself: its records, its client, and how work is asked for. */
export interface ScopeContext extends ScopePorts {
  readonly scope: Scope;
  readonly client: CloudClient;
  readonly signal: AbortSignal;
  readonly budget: Budget;
  /** An instance would be written: what is known of its groups has to be fresh. False while it is read again. */
  needGroups(instanceId: InstanceId): boolean;
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
  isSighted(instanceId: InstanceId): boolean;
  requestRead(record: InstanceRecord, options: { priority: Priority; notBeforeMs?: number }): void;
  requestWrite(record: InstanceRecord, options: { notBeforeMs?: number }): void;
  cancelWrite(record: InstanceRecord): void;
  reconcile(record: InstanceRecord): void;
}
