/**
 * The guards: a chain of pure named checks over one instance's plan. Each passes (undefined) or says why the write
 * must not happen. The first that speaks is the answer; a plan without steps is never asked about.
 */
import type { Guard, GuardInput, GuardResult } from '../guard-port.ts';
import { fits } from '../selector.ts';
import { suspensionMessage } from '../suspension.ts';
import { changeWindow } from './change-window.ts';
import { exposure } from './exposure.ts';
import { forbidden } from './forbidden.ts';
import { mustKeep } from './must-keep.ts';
import { realGroups } from './real-groups.ts';
import { tenancy } from './tenancy.ts';

const undeclared: Guard = ({ binding: { inForce, invalid = '', unfollowed } }) => {
  if (inForce === 'ownership') {
    return {
      guard: 'undeclared',
      outcome: 'refused',
      reason: 'InvalidDocument',
      message: `nothing is written before the document is valid: ${invalid}`,
    };
  }
  if (unfollowed === undefined) return undefined;
  return {
    guard: 'undeclared',
    outcome: 'waiting',
    reason: 'NotFollowed',
    message: `nothing is written before its object can be read again: ${unfollowed}`,
  };
};

const suspended: Guard = ({ binding, wallMs }) => {
  const message = suspensionMessage(binding, wallMs);
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

/** Members from before may be those of an older selector: what it said of its own members is not meant for them. */
const selection: Guard = ({ binding, observed }) => {
  const { selector, selection: problem } = binding;
  if (selector === undefined || problem?.unconfirmed === undefined || fits(selector, observed))
    return undefined;
  return {
    guard: 'selection',
    outcome: 'waiting',
    reason: problem.reason,
    message: `nothing is written to what the selector does not fit, or did not fit yet: ${problem.message}`,
  };
};

const groupLimit: Guard = ({ binding, rules }) =>
  binding.sgIds.length > rules.maxGroupsPerInstance
    ? {
        guard: 'group-limit',
        outcome: 'refused',
        reason: 'Refused',
        message:
          `spec.sgIds has ${binding.sgIds.length} groups, more than the ${rules.maxGroupsPerInstance} an instance may have; ` +
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

/** Decided for all instances together, elsewhere; here it only speaks. */
const blastRadius: Guard = ({ observed, rules }) => rules.together(observed.instanceId);

/** Whether anything is declared, what the user asked for, what is wrong with the plan, what the instance allows, when, and how much at once. */
const GUARDS: readonly Guard[] = [
  undeclared,
  suspended,
  observeOnly,
  selection,
  neverEmpty,
  tenancy,
  mustKeep,
  forbidden,
  groupLimit,
  realGroups,
  exposure,
  instanceState,
  changeWindow,
  blastRadius,
];

/** Asks every guard; undefined means that the write may go ahead. */
export function guard(input: GuardInput): GuardResult | undefined {
  for (const check of GUARDS) {
    const result = check(input);
    if (result !== undefined) return result;
  }
  return undefined;
}
