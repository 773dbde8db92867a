/** What a report tells of a fleet over some time: how it stands, what changed, and what stood in the way. Plain data; times are RFC 3339. */
import type { HistoryLine } from './history-line.ts';

/** Something of a binding at present, in words. */
export interface Remark {
  readonly binding: string;
  /** Instances that it is about; 0: the binding itself. */
  readonly instances: number;
  readonly reason: string;
  readonly message: string;
}

/** A list that somebody else had changed. */
export interface DriftSpan {
  readonly binding: string;
  readonly instanceId: string;
  readonly found: string;
  /** Absent: no repair was read back. */
  readonly repaired?: string;
  /** It stood for no longer; absent where nobody can tell. */
  readonly atMostSeconds?: number;
  /** What its repair opened and closed, or what it has where there is none, in words; empty when nothing, or nobody knows. */
  readonly traffic: string;
}

export interface Report {
  readonly from: string;
  readonly until: string;
  /** The directory or the cluster. */
  readonly source: string;
  /** What keeps the newest truth of the source from being read, or a part of it from being valid. */
  readonly sourceNotes: readonly string[];
  /** How everything stands is told for this moment, whatever the time is that changes are told of. */
  readonly asOf: string;
  /** `12 bindings: 9 ready, 3 not ready; 118 of 125 instances in sync`. */
  readonly totals: string;
  /** Bindings that are not ready, and why. */
  readonly notReady: readonly Remark[];
  /** What was written, and rules that were changed, newest first. */
  readonly changes: readonly HistoryLine[];
  readonly drift: readonly DriftSpan[];
  readonly contested: readonly Remark[];
  readonly refused: readonly Remark[];
  readonly suspended: readonly Remark[];
  /** Emergencies by which something was written. */
  readonly emergencies: readonly HistoryLine[];
  /** Rules of the policy that lists of instances break. */
  readonly exposure: readonly Remark[];
  /** What is not in it. */
  readonly notes: readonly string[];
}
