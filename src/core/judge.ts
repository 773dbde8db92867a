/** Derives the state that users read from what is known of an instance. Pure. */
import type { ConditionReason } from '../api/conditions.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import { assess } from './assess.ts';
import type { Claim } from './claim.ts';
import { type CloudError, type CloudErrorKind, failureText } from './cloud-error.ts';
import { differenceText } from './difference.ts';
import { type Fight, fightMessage } from './fight.ts';
import type { GuardRules, GuardVerdict } from './guard-port.ts';
import { type InstanceRecord, isCalm, isObserved } from './instance-record.ts';
import type { InstanceState, InstanceVerdict } from './instance-verdict.ts';
import { plan, type Step } from './plan.ts';

/** What holds up a whole scope, when something does. */
export interface ScopeProblem {
  /** The failure that every call meets. */
  readonly cloud?: CloudError;
  /** The journal cannot be written, so nothing may be sent. */
  readonly journal?: string;
}

export interface JudgeContext {
  readonly binding: BindingKey;
  readonly claim: Claim | undefined;
  readonly rules: GuardRules;
  readonly problem: ScopeProblem;
  /** See {@link AssessContext}. */
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

/** Whether the verdict of the owner over an instance is certainly `InSync`; much cheaper to tell than the verdict itself. */
export function isPlainlyInSync(record: InstanceRecord, claim: Claim, problem: ScopeProblem): boolean {
  return problem.cloud === undefined && isCalm(record, claim);
}

/** The verdict over an instance, as the binding `context.binding` sees it. */
export function judge(
  instanceId: InstanceId,
  record: InstanceRecord | undefined,
  context: JudgeContext,
): InstanceVerdict {
  const { claim, binding } = context;
  if (claim?.holds && claim.winner.key !== binding) {
    const message = `owned by ${claim.winner.key}, which claimed it first; remove it from one of the two`;
    return { instanceId, state: 'Conflicted', reason: 'Conflicted', message };
  }
  if (record === undefined || claim === undefined) return pending(instanceId, context);
  const [state, reason, message] = derive(record, claim, context);
  return {
    instanceId,
    state,
    reason,
    message,
    ...(record.observed === undefined ? {} : { sgIds: record.observed.sgIds }),
    ...(record.lastWrite === undefined
      ? {}
      : { requestId: record.lastWrite.requestId, lastWriteMs: record.lastWrite.atMs }),
  };
}

type Derived = readonly [state: InstanceState, reason: ConditionReason, message: string];

const VERIFYING: Derived = ['Verifying', 'Progressing', 'written; waiting to read it back'];

const KEEPING: Derived = [
  'Drifted',
  'Progressing',
  'not written yet: the list from before, which deletionPolicy Restore promises, has to stand in this status first',
];

function derive(record: InstanceRecord, claim: Claim, context: JudgeContext): Derived {
  if (record.missing) {
    const { region, account } = claim.winner.scope;
    return ['NotFound', 'NotFound', `the cloud knows no such instance in ${region} (credentials ${account})`];
  }
  if (record.writing && record.rewrites.fight === undefined)
    return ['Writing', 'Progressing', 'being written'];
  if (!isObserved(record)) {
    const error = unreadable(record, context);
    return error === undefined
      ? ['Pending', 'NotObserved', 'not read yet']
      : failed('Retrying', error, claim);
  }
  const assessment = assess(record, {
    claim,
    rules: context.rules,
    nowMs: context.nowMs,
    wallMs: context.wallMs,
  });
  const { fight } = record.rewrites;
  if (fight !== undefined && record.failure === undefined && assessment.kind !== 'held') {
    return contested(fight, claim, context);
  }
  switch (assessment.kind) {
    case 'in-sync': {
      const error = unreadable(record, context);
      const trusted = context.nowMs - record.observedAtMs <= context.trustMs;
      return error === undefined || trusted ? ['InSync', 'InSync', ''] : failed('Retrying', error, claim);
    }
    case 'await':
      return record.failure === undefined ? VERIFYING : failed('Retrying', record.failure.error, claim);
    case 'held':
      return held(assessment.verdict, assessment.steps, claim);
    case 'write':
      return drifted(record, claim, context.problem);
    default:
      return assessment satisfies never;
  }
}

function held(verdict: GuardVerdict, steps: readonly Step[], { winner }: Claim): Derived {
  switch (verdict.outcome) {
    case 'held':
      return ['Held', verdict.reason, `${differenceText(steps, winner.sgIds)}; ${verdict.message}`];
    case 'refused':
      return ['Refused', verdict.reason, verdict.message];
    case 'deferred':
      return ['Deferred', verdict.reason, verdict.message];
    case 'waiting':
      return ['Blocked', verdict.reason, verdict.message];
    default:
      return verdict.outcome satisfies never;
  }
}

function contested(fight: Fight, { winner }: Claim, { rules }: JudgeContext): Derived {
  return ['Contested', 'Contested', fightMessage(fight, winner.sgIds, rules.policy.fights)];
}

function drifted(
  record: InstanceRecord & { observed: object },
  claim: Claim,
  problem: ScopeProblem,
): Derived {
  const { failure } = record;
  if (failure !== undefined) {
    if (!failure.terminal) return failed('Retrying', failure.error, claim);
    return failed(failure.error.kind === 'blocked' ? 'Blocked' : 'Failed', failure.error, claim);
  }
  if (problem.journal !== undefined) return ['Retrying', 'JournalUnavailable', problem.journal];
  if (problem.cloud !== undefined) return failed('Retrying', problem.cloud, claim);
  if (record.awaitsKeeping) return KEEPING;
  if (record.unconfirmed !== undefined) return VERIFYING;
  const observed = record.observed as { sgIds: Parameters<typeof plan>[0] };
  const { sgIds } = claim.winner;
  return ['Drifted', 'Drifted', differenceText(plan(observed.sgIds, sgIds), sgIds)];
}

/** Why an instance is not read; what every call of the scope meets for good goes before what this one has met. */
function unreadable({ readFailure }: InstanceRecord, { problem }: JudgeContext): CloudError | undefined {
  return problem.cloud?.kind === 'region' ? problem.cloud : (readFailure?.error ?? problem.cloud);
}

function failed(state: InstanceState, error: CloudError, { winner }: Pick<Claim, 'winner'>): Derived {
  // Nothing but a new declaration, or the cloud, makes a region there.
  const told = error.kind === 'region' ? 'Failed' : state;
  return [told, REASONS[error.kind], failureText(error, winner.scope.region)];
}

function pending(instanceId: InstanceId, { problem, claim }: JudgeContext): InstanceVerdict {
  if (problem.cloud === undefined || claim === undefined) {
    return { instanceId, state: 'Pending', reason: 'NotObserved', message: 'not read yet' };
  }
  const [state, reason, message] = failed('Retrying', problem.cloud, claim);
  return { instanceId, state, reason, message };
}
