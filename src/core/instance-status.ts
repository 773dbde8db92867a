/** Where one instance of a binding stands, as users read it, and how that is derived from what is known of it. Pure. */
import type { ConditionReason } from '../api/conditions.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import { type CloudError, type CloudErrorKind, failureText } from './cloud-error.ts';
import { decide } from './decide.ts';
import { differenceText } from './difference.ts';
import { type Fight, fightMessage, listText, paceText } from './fight.ts';
import type { GuardResult, GuardRules } from './guard-port.ts';
import { type InstanceRecord, isCalm, isObserved } from './instance.ts';
import type { GroupList, ObservedInstance } from './model.ts';
import { plan, type Step } from './plan.ts';

/**
 * - `Pending`     not read yet since it was claimed
 * - `InSync`      read back in the desired order
 * - `Drifted`     differs, and the write is on its way
 * - `Writing`     a call is in flight
 * - `Verifying`   written, not yet read back in the desired order
 * - `Retrying`    the last attempt failed and another will be made
 * - `Blocked`     the instance's state forbids the write; waiting for it to change
 * - `Deferred`    differs, and waits for a change window
 * - `Contested`   somebody else keeps changing it back; rewritten at a polite pace
 * - `Held`        differs, and the binding asks for no writes (suspended or observe only)
 * - `Refused`     a guard refused the write
 * - `Failed`      the cloud refused the write for good; only a new declaration or the slow re-check tries again
 * - `NotFound`    the cloud does not know the instance in this region and account
 * - `Conflicted`  another binding owns the instance
 */
export const INSTANCE_STATES = [
  'Pending',
  'InSync',
  'Drifted',
  'Writing',
  'Verifying',
  'Retrying',
  'Blocked',
  'Deferred',
  'Contested',
  'Held',
  'Refused',
  'Failed',
  'NotFound',
  'Conflicted',
] as const;

export type InstanceState = (typeof INSTANCE_STATES)[number];

export interface InstanceStatus {
  readonly instanceId: InstanceId;
  readonly state: InstanceState;
  /** The ordered list that was last read; absent when never read. */
  readonly sgIds?: GroupList;
  readonly reason: ConditionReason;
  /** A sentence for people; empty when the state says it all. */
  readonly message: string;
  /** The digest of the plan that waits for an approval; absent where none helps. */
  readonly approvable?: string;
  /** Of the last call that wrote this instance, or failed to. */
  readonly requestId?: string;
  readonly lastWriteMs?: number;
}

/** What a state means for the one who waits; the worst first. */
export const OUTLOOKS = ['stuck', 'waiting', 'moving', 'held', 'in-sync'] as const;

export type Outlook = (typeof OUTLOOKS)[number];

/** Whether an instance that stands so will change by itself. */
export function outlook({ state, reason }: Pick<InstanceStatus, 'state' | 'reason'>): Outlook {
  // Another write may well be accepted without effect too.
  if (reason === 'NotInForce') return 'waiting';
  switch (state) {
    case 'InSync':
      return 'in-sync';
    case 'Pending':
    case 'Drifted':
    case 'Writing':
    case 'Verifying':
    case 'Retrying':
      return 'moving';
    case 'Blocked':
    case 'Deferred':
    case 'Contested':
      return 'waiting';
    case 'Held':
      return 'held';
    case 'Refused':
    case 'Failed':
    case 'NotFound':
    case 'Conflicted':
      return 'stuck';
    default:
      return state satisfies never;
  }
}

/** What holds up a whole scope, when something does. */
export interface ScopeProblem {
  /** The failure that every call meets. */
  readonly cloud?: CloudError;
  /** The journal cannot be written, so nothing may be sent. */
  readonly journal?: string;
}

export interface StatusContext {
  readonly binding: BindingKey;
  readonly claim: Claim | undefined;
  readonly rules: GuardRules;
  readonly problem: ScopeProblem;
  /** See {@link DecideContext}. */
  readonly nowMs: number;
  readonly wallMs: number;
  /** While reads fail, an observation is trusted for this long; then nobody knows whether the instance is in sync. */
  readonly trustMs: number;
}

/** Condition reason of each kind of failure. */
const REASONS: Readonly<Record<CloudErrorKind, ConditionReason>> = {
  throttled: 'Throttled',
  transient: 'CloudError',
  network: 'CloudError',
  partial: 'CloudError',
  blocked: 'Blocked',
  'not-found': 'NotFound',
  quota: 'QuotaExceeded',
  invalid: 'InvalidRequest',
  region: 'InvalidRequest',
  credential: 'CredentialsFailed',
  clock: 'ClockSkew',
  denied: 'Denied',
  retired: 'ApiRetired',
};

/** Condition reason of a failed call. */
export function failureReason(kind: CloudErrorKind): ConditionReason {
  return REASONS[kind];
}

/** Whether the status of the owner over an instance is certainly `InSync`; much cheaper to tell than the status itself. */
export function isPlainlyInSync(record: InstanceRecord, claim: Claim, problem: ScopeProblem): boolean {
  return problem.cloud === undefined && isCalm(record, claim);
}

/** The status over an instance, as the binding `context.binding` sees it. */
export function instanceStatus(
  instanceId: InstanceId,
  record: InstanceRecord | undefined,
  context: StatusContext,
): InstanceStatus {
  const { claim, binding } = context;
  if (claim?.holds && claim.owner.key !== binding) {
    const message = `owned by ${claim.owner.key}, which claimed it first; remove it from one of the two`;
    return { instanceId, state: 'Conflicted', reason: 'Conflicted', message };
  }
  if (record === undefined || claim === undefined) return pending(instanceId, context);
  const [state, reason, message, approvable] = derive(record, claim, context);
  return {
    instanceId,
    state,
    reason,
    message,
    ...(approvable === undefined ? {} : { approvable }),
    ...(record.observed === undefined ? {} : { sgIds: record.observed.sgIds }),
    ...(record.lastWrite === undefined
      ? {}
      : { requestId: record.lastWrite.requestId, lastWriteMs: record.lastWrite.atMs }),
  };
}

type Derived = readonly [
  state: InstanceState,
  reason: ConditionReason,
  message: string,
  approvable?: string | undefined,
];

const VERIFYING: Derived = ['Verifying', 'Progressing', 'written; waiting to read it back'];

const AWAITS_ORIGINAL: Derived = [
  'Drifted',
  'Progressing',
  'not written yet: the list from before, which deletionPolicy Restore promises, has to stand in this status first',
];

function derive(record: InstanceRecord, claim: Claim, context: StatusContext): Derived {
  if (record.missing) {
    const { region, account } = claim.owner.scope;
    return ['NotFound', 'NotFound', `the cloud knows no such instance in ${region} (credentials ${account})`];
  }
  if (record.writing && record.rewrites.fight === undefined && !isNotInForce(record))
    return ['Writing', 'Progressing', 'being written'];
  if (!isObserved(record)) {
    const error = unreadable(record, context);
    return error === undefined
      ? ['Pending', 'NotObserved', 'not read yet']
      : failed('Retrying', error, claim);
  }
  const decision = decide(record, {
    claim,
    rules: context.rules,
    nowMs: context.nowMs,
    wallMs: context.wallMs,
  });
  const { fight } = record.rewrites;
  // What the cloud does not put into force is nobody's fight.
  const fought = fight !== undefined && !isNotInForce(record);
  if (fought && record.failure === undefined && decision.kind !== 'held') {
    return contested(fight, claim, context);
  }
  switch (decision.kind) {
    case 'in-sync': {
      const error = unreadable(record, context);
      const trusted = context.nowMs - record.observedAtMs <= context.trustMs;
      return error === undefined || trusted ? ['InSync', 'InSync', ''] : failed('Retrying', error, claim);
    }
    case 'await':
      if (record.failure === undefined && isNotInForce(record)) return notInForce(record, claim, context);
      return record.failure === undefined ? VERIFYING : failed('Retrying', record.failure.error, claim);
    case 'held':
      return held(decision.result, decision.steps, claim);
    case 'write':
      return drifted(record, claim, context);
    default:
      return decision satisfies never;
  }
}

function held(result: GuardResult, steps: readonly Step[], { owner }: Claim): Derived {
  switch (result.outcome) {
    case 'held':
      return ['Held', result.reason, `${differenceText(steps, owner.sgIds)}; ${result.message}`];
    case 'refused':
      return ['Refused', result.reason, result.message, result.approvable];
    case 'deferred':
      return ['Deferred', result.reason, result.message, result.approvable];
    case 'waiting':
      return ['Blocked', result.reason, result.message];
    default:
      return result.outcome satisfies never;
  }
}

function contested(fight: Fight, { owner }: Claim, { rules }: StatusContext): Derived {
  return ['Contested', 'Contested', fightMessage(fight, owner.sgIds, rules.policy.fights)];
}

function isNotInForce({ mismatch }: InstanceRecord): boolean {
  return mismatch === 'not-in-force';
}

/** Written, accepted, and read otherwise: the same words until it is in force. */
function notInForce(
  { observed }: InstanceRecord & { observed: ObservedInstance },
  { owner }: Claim,
  { rules }: StatusContext,
): Derived {
  const { sgIds, latestOperationState, latestOperationError } = observed;
  const operation = [latestOperationState, latestOperationError].filter(Boolean).join(': ');
  const said = operation === '' ? '' : `; of its last operation there the cloud says ${operation}`;
  const message =
    `a write was accepted and is not in force: ${listText(sgIds)} is read where ${listText(owner.sgIds)} was written` +
    `${said}; ask the cloud with the request id, or find out who sets it back; it is written again, later at most every ${paceText(rules.policy.fights.paceMs)}`;
  return ['Drifted', 'NotInForce', message];
}

function drifted(
  record: InstanceRecord & { observed: ObservedInstance },
  claim: Claim,
  context: StatusContext,
): Derived {
  const { failure } = record;
  const { problem } = context;
  if (failure !== undefined) {
    if (!failure.terminal) return failed('Retrying', failure.error, claim);
    return failed(failure.error.kind === 'blocked' ? 'Blocked' : 'Failed', failure.error, claim);
  }
  if (problem.journal !== undefined) return ['Retrying', 'JournalUnavailable', problem.journal];
  if (problem.cloud !== undefined) return failed('Retrying', problem.cloud, claim);
  if (record.awaitsOriginal) return AWAITS_ORIGINAL;
  if (isNotInForce(record)) return notInForce(record, claim, context);
  if (record.unconfirmed !== undefined) return VERIFYING;
  const { sgIds } = claim.owner;
  return ['Drifted', 'Drifted', differenceText(plan(record.observed.sgIds, sgIds), sgIds)];
}

/** Why an instance is not read; what every call of the scope meets for good goes before what this one has met. */
function unreadable({ readFailure }: InstanceRecord, { problem }: StatusContext): CloudError | undefined {
  return problem.cloud?.kind === 'region' ? problem.cloud : (readFailure?.error ?? problem.cloud);
}

function failed(state: InstanceState, error: CloudError, { owner }: Pick<Claim, 'owner'>): Derived {
  // Nothing but a new declaration, or the cloud, makes a region there.
  const reported = error.kind === 'region' ? 'Failed' : state;
  return [reported, REASONS[error.kind], failureText(error, owner.scope.region)];
}

function pending(instanceId: InstanceId, { problem, claim }: StatusContext): InstanceStatus {
  if (problem.cloud === undefined || claim === undefined) {
    return { instanceId, state: 'Pending', reason: 'NotObserved', message: 'not read yet' };
  }
  const [state, reason, message] = failed('Retrying', problem.cloud, claim);
  return { instanceId, state, reason, message };
}
