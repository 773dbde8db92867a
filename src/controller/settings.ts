/** What a controller can be told; every number has a unit in its name. */
import { DEFAULT_GUARD_LIMITS, type GuardLimits } from '../core/guard.ts';

export interface ControllerSettings {
  /** Time between two drift sweeps of a scope, before jitter. */
  readonly sweepIntervalMs: number;
  /** Read calls a second in one scope. */
  readonly readsPerSecond: number;
  /** Write calls a second in one scope. */
  readonly writesPerSecond: number;
  readonly guardLimits: GuardLimits;
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
  guardLimits: DEFAULT_GUARD_LIMITS,
  readOnly: false,
  restore: true,
  reportEveryMs: 200,
};
