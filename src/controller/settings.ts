/** What a controller can be told; every number has a unit in its name. */
import type { InstanceId } from '../api/ids.ts';
import type { PlanChange } from '../core/plan-change.ts';
import { OPEN_POLICY, type Policy } from '../core/policy.ts';

/** The only changes that may be made. */
export interface OnlyPlan {
  readonly changes: ReadonlyMap<InstanceId, Pick<PlanChange, 'from' | 'to'>>;
  /** Who approved it, for the journal; empty when nobody had to. */
  readonly authority: string;
}

export interface ControllerSettings {
  /** Time between two drift sweeps of a scope, before jitter. */
  readonly sweepIntervalMs: number;
  /** Read calls a second in one scope. */
  readonly readsPerSecond: number;
  /** Write calls a second in one scope. */
  readonly writesPerSecond: number;
  /** Most groups of one instance, as the user tells. */
  readonly maxGroupsPerInstance: number;
  readonly policy: Policy;
  /** One plan and nothing else. Absent: every change that the policy allows. */
  readonly onlyPlan?: OnlyPlan;
  /** Observes and plans, and never writes. */
  readonly readOnly: boolean;
  /** Whether original lists are put back; without it, what bindings owe is only remembered. */
  readonly restore: boolean;
  /** Verdicts are published at most this often. */
  readonly reportEveryMs: number;
}

export const DEFAULT_SETTINGS: ControllerSettings = {
  sweepIntervalMs: 60_000,
  readsPerSecond: 40,
  writesPerSecond: 10,
  maxGroupsPerInstance: 5,
  policy: OPEN_POLICY,
  readOnly: false,
  restore: true,
  reportEveryMs: 200,
};
