/** The row of a plan as a status tells it, for whoever has not read the instance. */
import type { ConditionReason } from '../api/conditions.ts';
import type { GuardName, GuardOutcome, GuardResult } from './guard-port.ts';
import type { InstanceState, InstanceStatus } from './instance-status.ts';
import type { Binding } from './model.ts';
import { plan } from './plan.ts';
import type { PlanRow } from './plan-row.ts';

/** States in which a guard speaks. */
const OUTCOMES: Readonly<Partial<Record<InstanceState, GuardOutcome>>> = {
  Held: 'held',
  Refused: 'refused',
  Deferred: 'deferred',
  Blocked: 'waiting',
};

/** The guard that gives a reason. */
const GUARDS: Readonly<Partial<Record<ConditionReason, GuardName>>> = {
  InvalidDocument: 'undeclared',
  NotFollowed: 'undeclared',
  Suspended: 'suspended',
  ObserveOnly: 'observe-only',
  SelectionRefused: 'selection',
  NotAllowed: 'tenancy',
  MustKeep: 'must-keep',
  ForbiddenGroup: 'forbidden',
  UnknownGroup: 'real-groups',
  GroupsUnverified: 'real-groups',
  QuotaExceeded: 'real-groups',
  Exposure: 'exposure',
  TrafficUnknown: 'exposure',
  Blocked: 'instance-state',
  OutsideWindow: 'change-window',
  BlastRadius: 'blast-radius',
};

/** Undefined for an instance that is as declared, or that another binding owns. */
export function reportedRow(
  status: InstanceStatus,
  binding: Pick<Binding, 'key' | 'origin' | 'scope' | 'sgIds'>,
): PlanRow | undefined {
  const { instanceId, state, sgIds, message } = status;
  if (state === 'InSync' || state === 'Conflicted') return undefined;
  const { key, origin, scope, sgIds: desired } = binding;
  const base = { instanceId, binding: key, origin, scope, desired };
  const result = guardOf(status, desired);
  if (sgIds === undefined && result === undefined) return { ...base, steps: [], problem: message };
  return {
    ...base,
    ...(sgIds === undefined ? { steps: [] } : { observed: sgIds, steps: plan(sgIds, desired) }),
    ...(result === undefined ? {} : { guard: result }),
  };
}

function guardOf(
  { state, reason, message }: InstanceStatus,
  desired: readonly string[],
): GuardResult | undefined {
  const outcome = OUTCOMES[state];
  const limit = desired.length === 0 ? 'never-empty' : 'group-limit';
  const name = reason === 'Refused' ? limit : GUARDS[reason];
  return outcome && name && { guard: name, outcome, reason, message };
}
