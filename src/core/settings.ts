/** What a controller can be told; every number has a unit in its name. */
import type { InstanceId } from '../api/ids.ts';
import type { Permit } from '../api/permit.ts';
import type { PlanChange } from './plan.ts';
import { OPEN_POLICY, type Policy } from './policy.ts';

/** The only changes that may be made. */
export interface OnlyPlan {
  readonly changes: ReadonlyMap<InstanceId, Pick<PlanChange, 'from' | 'to'>>;
  /** Of these, those that were approved although they open what the policy forbids without an approval. */
  readonly exposed: ReadonlySet<InstanceId>;
  /** Who approved it, for the journal. */
  readonly permit: Permit;
}

/**
 * What is made of the rules of groups.
 * - `off`      nobody reads them
 * - `auto`     what can be read counts; what cannot holds nothing up
 * - `require`  a change whose effect cannot be told is refused
 */
export type TrafficMode = 'auto' | 'off' | 'require';

export interface ControllerSettings {
  /** Time between two drift sweeps of a scope, before jitter. */
  readonly sweepIntervalMs: number;
  /** Read calls a second in one scope. */
  readonly readsPerSecond: number;
  /** Write calls a second in one scope. */
  readonly writesPerSecond: number;
  /** Most groups of one instance, as the user tells. */
  readonly maxGroupsPerInstance: number;
  readonly traffic: TrafficMode;
  readonly policy: Policy;
  /** One plan and nothing else. Absent: every change that the policy allows. */
  readonly onlyPlan?: OnlyPlan;
  /** Observes and plans, and never writes. */
  readonly readOnly: boolean;
  /** Whether original lists are put back; without it, pending restores are only remembered. */
  readonly restore: boolean;
  /** Statuses are published at most this often. */
  readonly reportEveryMs: number;
}

export const DEFAULT_SETTINGS: ControllerSettings = {
  sweepIntervalMs: 60_000,
  readsPerSecond: 40,
  writesPerSecond: 10,
  maxGroupsPerInstance: 5,
  traffic: 'auto',
  policy: OPEN_POLICY,
  readOnly: false,
  restore: true,
  reportEveryMs: 200,
};
