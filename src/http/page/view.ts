/** What the page may look at; the manager fills it from the controller, the state and the sources. Nothing here changes anything. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Direction } from '../../core/firewall/rules.ts';
import type { HistoryFilter } from '../../core/history-filter.ts';
import type { HistoryLine } from '../../core/history-line.ts';
import type { InstanceFacts } from '../../core/instance-facts.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import type { PendingPlan } from '../../core/pending-plans.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import type { WindowState } from '../../core/policy.ts';
import type { BindingStatus } from '../../ports/status.ts';
import type { ScopeView } from '../view.ts';

export interface PageView {
  readonly about: PageAbout;
  /** By the calendar. */
  nowMs(): number;
  /** Those that somebody has to look at first. */
  bindings(): readonly BindingStatus[];
  /** One for each binding that names an instance; those that stand worst first. */
  instances(): readonly ShownInstance[];
  /** Undefined when nothing is known of it. */
  instance(id: InstanceId): ShownExplanation | undefined;
  /** What keeps the newest truth of the directory from being read, or a part of it from being valid. */
  sourceNotes(): readonly string[];
  scopes(): readonly ShownScope[];
  windows(): readonly WindowState[];
  /** What differs from what is declared, sorted by binding, then instance. */
  plan(): readonly PlanRow[];
  /** What groups are called. */
  groupNames(): ReadonlyMap<string, string>;
  pendingPlans(): readonly ShownPlan[];
  history(query: HistoryQuery): HistoryPage;
  /** The last days, the oldest first. */
  drift(): readonly DriftDay[];
  /** Tells when something may read differently; the returned function ends that. */
  onChanged(listener: () => void): () => void;
}

export interface PageAbout {
  readonly version: string;
  /** What is followed: directories and servers. */
  readonly sources: readonly string[];
  /** What a command needs to look at the same, such as `--kubernetes`; empty when nothing. */
  readonly flags: string;
  /** What `plan` needs to look at the same. */
  readonly planTarget: string;
}

export interface ShownInstance extends InstanceStatus {
  readonly name?: string;
  readonly binding: BindingKey;
  /** `account@region`. */
  readonly scope: string;
}

export interface ShownScope extends ScopeView {
  /** The replica that holds the lease; absent where this one acts, and where nobody holds it. */
  readonly holder?: string;
  /** What every call there meets at present; absent while the breaker is closed. */
  readonly problem?: string;
}

export interface ShownPlan extends PendingPlan {
  /** What approves it. */
  readonly command: string;
}

/** One instance as `cvmsg why` explains it. */
export interface ShownExplanation extends InstanceFacts {
  readonly name?: string;
  /** When the list was last read; absent when it was not, or elsewhere. */
  readonly readMs?: number;
  /** The newest first. */
  readonly history: readonly HistoryLine[];
  readonly traffic: ShownTraffic;
}

/** What the list of an instance allows, or why that is not known. */
export type ShownTraffic = { readonly notRead: string } | ShownRules;

export interface ShownRules {
  /** In the order in which they decide. */
  readonly rules: readonly ShownRule[];
  /** What the observed list opens and closes compared with the declared one, and what writing that does; empty when they are the same. */
  readonly difference: readonly string[];
  readonly repair: readonly string[];
}

export interface ShownRule {
  readonly direction: Direction;
  readonly text: string;
  /** Why it can never match; absent for one that can, and where rules could not be read. */
  readonly never?: string;
}

export interface HistoryQuery extends HistoryFilter {
  /** From 1. */
  readonly page: number;
}

export interface HistoryPage {
  readonly lines: readonly HistoryLine[];
  /** Whether older ones follow. */
  readonly more: boolean;
  /** Said where not everything is kept. */
  readonly note?: string;
}

export interface DriftDay {
  /** `2026-03-01`. */
  readonly day: string;
  /** Lists that were written because somebody else had changed them. */
  readonly instances: number;
}
