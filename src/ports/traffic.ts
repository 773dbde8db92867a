/** What is told of traffic: what drift has opened, what writes open and close, and what changed rules did. Nothing waits for it. */
import type { BindingKey, InstanceId, SecurityGroupId } from '../api/ids.ts';
import type { TrafficChange } from '../core/firewall/traffic-changes.ts';
import type { GroupList, Origin, Scope } from '../core/model.ts';

interface BindingTraffic {
  readonly binding: BindingKey;
  readonly origin: Origin;
  readonly scope: Scope;
  /** Instances of the binding for which it is the same. */
  readonly instanceIds: readonly InstanceId[];
  /** Not empty. */
  readonly changes: readonly TrafficChange[];
}

/** Somebody has changed lists that were in sync, and that opened or closed something. */
export interface DriftTraffic extends BindingTraffic {
  readonly declared: GroupList;
  readonly observed: GroupList;
  /** When the declared list was last read before, by the calendar: it is not open for longer. Absent: by no read of this process. */
  readonly sinceMs?: number;
  readonly foundMs: number;
}

/** What writes with these lists open and close. */
export interface WriteTraffic extends BindingTraffic {
  /** The journal's ids of the writes. */
  readonly journalIds: readonly number[];
  readonly before: GroupList;
  readonly after: GroupList;
  /** For a repair: when the declared list was last read before, by the calendar. */
  readonly sinceMs?: number;
}

/** Rules of groups were changed, and that opened or closed something for instances that keep their list. */
export interface RuleTraffic extends BindingTraffic {
  readonly list: GroupList;
  /** Those of the list whose rules were changed. */
  readonly changedGroups: readonly SecurityGroupId[];
  readonly foundMs: number;
}

export interface TrafficRecorder {
  drifted(drift: DriftTraffic): void;
  written(write: WriteTraffic): void;
  rulesChanged(change: RuleTraffic): void;
}
