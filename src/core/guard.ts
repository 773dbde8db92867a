/**
 * The guards: a chain of pure named checks over one instance's plan. Each passes (undefined) or says why the write
 * must not happen. The first that speaks is the answer; a plan without steps is never asked about.
 */
import type { Binding, ObservedInstance } from './model.ts';
import type { Step } from './plan.ts';
import { suspensionMessage } from './suspension.ts';

/**
 * What becomes of the write.
 * - `held`     the user asked for no writes; not a failure
 * - `refused`  the plan breaks a rule; a person has to change the declaration or the rule
 * - `waiting`  the instance cannot take it now; it will be tried when its state changes
 */
export type GuardOutcome = 'held' | 'refused' | 'waiting';

export interface GuardVerdict {
  readonly guard: string;
  readonly outcome: GuardOutcome;
  /** A condition reason. */
  readonly reason: 'Suspended' | 'ObserveOnly' | 'Refused' | 'Blocked';
  readonly message: string;
}

/** What a guard may look at. */
export interface GuardInput {
  readonly binding: Binding;
  readonly observed: ObservedInstance;
  readonly steps: readonly Step[];
  readonly limits: GuardLimits;
  readonly nowMs: number;
}

export interface GuardLimits {
  /** Most groups that one instance may have; the cloud's default is 5 and can be raised by a ticket. */
  readonly maxGroupsPerInstance: number;
}

export const DEFAULT_GUARD_LIMITS: GuardLimits = { maxGroupsPerInstance: 5 };

type Guard = (input: GuardInput) => GuardVerdict | undefined;

const suspended: Guard = ({ binding, nowMs }) => {
  const message = suspensionMessage(binding, nowMs);
  return message === undefined
    ? undefined
    : { guard: 'suspended', outcome: 'held', reason: 'Suspended', message };
};

const observeOnly: Guard = ({ binding }) =>
  binding.mode === 'Observe'
    ? {
        guard: 'observe-only',
        outcome: 'held',
        reason: 'ObserveOnly',
        message: 'spec.mode is Observe: drift is reported and nothing is written',
      }
    : undefined;

const groupLimit: Guard = ({ binding, limits }) =>
  binding.sgIds.length > limits.maxGroupsPerInstance
    ? {
        guard: 'group-limit',
        outcome: 'refused',
        reason: 'Refused',
        message:
          `spec.sgIds has ${binding.sgIds.length} groups, more than the ${limits.maxGroupsPerInstance} an instance may have; ` +
          'shorten it, or raise --max-groups once the cloud has raised your quota',
      }
    : undefined;

const neverEmpty: Guard = ({ binding }) =>
  binding.sgIds.length === 0
    ? {
        guard: 'never-empty',
        outcome: 'refused',
        reason: 'Refused',
        message: 'an instance is never left without a security group; name at least one in spec.sgIds',
      }
    : undefined;

/** Instance states in which the cloud is documented to refuse an association; a plain STOPPED is not one of them. */
const CLOSED_STATES = new Set(['PENDING', 'LAUNCH_FAILED', 'TERMINATING', 'SHUTDOWN']);
const CLOSED_RESTRICTIONS = new Set(['EXPIRED', 'PROTECTIVELY_ISOLATED']);

const instanceState: Guard = ({ observed }) => {
  const closed = CLOSED_RESTRICTIONS.has(observed.restrictState)
    ? observed.restrictState
    : CLOSED_STATES.has(observed.state) || /MIGRATE|RESCUE/.test(observed.state)
      ? observed.state
      : undefined;
  if (closed === undefined) return undefined;
  return {
    guard: 'instance-state',
    outcome: 'waiting',
    reason: 'Blocked',
    message: `the instance is ${closed}, in which the cloud refuses an association (7003); waiting for its state to change`,
  };
};

/** In the order in which they speak: what the user asked for, what is wrong with the plan, what the instance allows. */
const GUARDS: readonly Guard[] = [suspended, observeOnly, neverEmpty, groupLimit, instanceState];

/** Asks every guard; undefined means that the write may go ahead. */
export function guard(input: GuardInput): GuardVerdict | undefined {
  for (const check of GUARDS) {
    const verdict = check(input);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
