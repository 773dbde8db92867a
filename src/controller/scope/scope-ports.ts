/** What every scope is given: ports, settings, and the parts of the controller that all scopes share. */

import type { InstanceId } from '../../api/ids.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { Scope } from '../../core/model.ts';
import type { ControllerSettings } from '../../core/settings.ts';
import type { ListedInstance } from '../../ports/cloud.ts';
import type { Journal } from '../../ports/journal.ts';
import type { RuleReaders } from '../../ports/rules.ts';
import type { Source } from '../../ports/source.ts';
import type { Inventory, PersistedOriginals } from '../../ports/store.ts';
import type { TrafficRecorder } from '../../ports/traffic.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { StepQueue } from '../../runtime/step-queue.ts';
import type { Telemetry } from '../../runtime/telemetry.ts';
import type { Approvals } from '../budget/approvals.ts';
import type { ChangeWindows } from '../budget/change-windows.ts';
import type { FleetSizes } from '../budget/fleet-sizes.ts';
import type { ReconcileRequests } from '../queues/reconcile-requests.ts';
import type { StatusQueue } from '../queues/status-queue.ts';
import type { Restorations } from '../restoration/restorations.ts';
import type { ListingKey } from './listing.ts';

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
  /** What is declared, and not taken in yet: until it is empty nothing is written. */
  readonly updates: Pick<StepQueue, 'size'>;
  readonly windows: Pick<ChangeWindows, 'states'>;
  /** Absent: nothing is known of the rules of groups. */
  readonly ruleReaders?: RuleReaders | undefined;
  /** Absent: nobody is told what drift and changed rules opened. */
  readonly trafficRecorder?: TrafficRecorder | undefined;
  readonly telemetry: Telemetry;
  /** Whose statuses may read differently. */
  readonly statuses: StatusQueue;
  /** Requests that wait for instances to be read. */
  readonly reconcileRequests: Pick<ReconcileRequests, 'observed'>;
  readonly events: ScopeEvents;
  /** Absent: the inventory keeps original lists for the next process. */
  readonly persistedOriginals?: PersistedOriginals | undefined;
}

/** What the scopes tell of. Whoever follows a scope's reads sets what it wants to hear. */
export class ScopeEvents {
  /** Instances were read, and nothing is decided about them yet: whose they are may be another's now. */
  onRead: (instanceIds: readonly InstanceId[]) => void = () => {};
  /** A listing of instances was read completely. */
  onListed: (scope: Scope, key: ListingKey, instances: readonly ListedInstance[]) => void = () => {};
  /** A listing of instances has failed. */
  onListingFailed: (scope: Scope, key: ListingKey, error: CloudError) => void = () => {};
}
