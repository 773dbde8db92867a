/** What a published status gives reason to tell people. Pure. */
import type { ConditionReason } from '../api/conditions.ts';
import type { InstanceStatus } from '../core/instance-status.ts';
import { scopeKey } from '../core/model.ts';
import { count } from '../core/text/words.ts';
import type { BindingStatus, ExposureStatus, PendingPlan } from '../ports/status.ts';
import type { NotificationKind, Severity } from './notification.ts';

/** Something that lasts: it is told once, until it is over. */
export interface Cause {
  /** The same for all bindings that have it. */
  readonly key: string;
  readonly kind: NotificationKind;
  readonly severity: Severity;
  readonly reason: string;
  readonly title: string;
  readonly details: readonly string[];
  readonly scope: string;
  readonly revision?: string | undefined;
  readonly digest?: string | undefined;
}

interface Meaning extends Pick<Cause, 'kind' | 'severity' | 'title'> {
  /** What makes two of them one, beside kind, reason and scope; a vendor's words may differ each time. */
  readonly by: 'message' | 'account' | 'binding' | 'list';
}

const refused: Meaning = {
  kind: 'refused',
  severity: 'warning',
  title: 'a guard refuses a change',
  by: 'message',
};
const credentials: Meaning = {
  kind: 'credentials',
  severity: 'error',
  title: 'the cloud refuses the credentials, or they cannot be had',
  by: 'account',
};
const unread: Meaning = {
  kind: 'source',
  severity: 'error',
  title: 'what is declared cannot be followed',
  by: 'message',
};
const exposure: Meaning = {
  kind: 'exposure',
  severity: 'error',
  title: 'a change would open what the policy forbids, and is refused',
  by: 'message',
};
const failed: Meaning = {
  kind: 'write-failed',
  severity: 'error',
  title: 'the cloud refuses what is declared, for good',
  by: 'list',
};

/** By reason, whatever the state is. What waits for an approval is told by its plan. */
const MEANINGS: Readonly<Partial<Record<ConditionReason, Meaning>>> = {
  Exposure: exposure,
  Contested: {
    kind: 'contested',
    severity: 'warning',
    title: 'somebody else keeps changing lists back',
    by: 'binding',
  },
  Refused: refused,
  MustKeep: refused,
  ForbiddenGroup: refused,
  UnknownGroup: refused,
  NotAllowed: refused,
  TooManyScopes: refused,
  SelectionRefused: refused,
  QuotaExceeded: refused,
  InvalidDocument: { ...unread, severity: 'warning', title: 'a document is not valid' },
  NotFollowed: unread,
  CredentialsFailed: credentials,
  Denied: credentials,
  ClockSkew: credentials,
  JournalUnavailable: {
    ...failed,
    title: 'nothing is written, because the journal cannot be',
    by: 'account',
  },
};

/** Each once, in no order. @param status as it is told where messages are read. */
export function causesOf(status: BindingStatus): readonly Cause[] {
  const { pendingPlans = [], exposure: standing = [] } = status;
  const causes = new Map<string, Cause>();
  const add = (cause: Cause) => {
    if (!causes.has(cause.key)) causes.set(cause.key, cause);
  };
  for (const plan of pendingPlans) add(planCause(plan, status));
  for (const one of standing) add(standingCause(one, status));
  const planned = new Set(pendingPlans.map(({ reason }) => reason));
  const said = Map.groupBy(notable(status), ({ reason, state }) => `${reason} ${state === 'Failed'}`);
  const reasons = new Set<ConditionReason>(planned);
  for (const [first, ...others] of said.values()) {
    if (first === undefined) continue;
    reasons.add(first.reason);
    const meaning = first.state === 'Failed' ? failed : MEANINGS[first.reason];
    if (meaning === undefined || planned.has(first.reason)) continue;
    add(instanceCause(meaning, { first, others, status }));
  }
  // What is said of the binding as a whole, unless it only repeats an instance.
  for (const { reason, message, status: truth, type } of status.conditions) {
    if (type !== 'Ready' || truth === 'True' || reasons.has(reason)) continue;
    const meaning = MEANINGS[reason];
    if (meaning !== undefined) add(causeOf(meaning, { reason, message, status }));
  }
  return [...causes.values()];
}

/** A plan is one, whichever bindings are a part of it. */
function planCause({ digest, reason, message }: PendingPlan, status: BindingStatus): Cause {
  const isExposure = reason === 'Exposure';
  const kind = isExposure ? 'exposure' : 'plan-waits';
  return {
    ...{ key: `${kind} ${digest}`, kind, reason, digest, details: [message] },
    severity: isExposure ? 'error' : 'warning',
    title: isExposure
      ? 'a plan would open what the policy forbids, and waits for an approval'
      : 'a plan waits for an approval',
    ...placeOf(status),
  };
}

/** What the lists of a binding allow already, whoever gave it to them. */
function standingCause({ rule, instanceCount }: ExposureStatus, status: BindingStatus): Cause {
  const verb = instanceCount === 1 ? 'is' : 'are';
  return {
    ...{ key: `exposure ${status.key} ${rule}`, kind: 'exposure', severity: 'error', reason: 'Exposure' },
    title: `what rule "${rule}" of the policy forbids is open`,
    details: [`${count(instanceCount, 'instance')} ${verb} open to it`],
    ...placeOf(status),
  };
}

/** Almost all of a fleet is in sync, almost always. */
function notable({ instances, instanceCount, inSyncCount }: BindingStatus): readonly InstanceStatus[] {
  if (instanceCount === inSyncCount) return [];
  return instances.filter(({ state }) => state !== 'InSync');
}

/** Instances of a binding for which one reason stands. */
interface SaidOfInstances {
  readonly first: InstanceStatus;
  readonly others: readonly InstanceStatus[];
  readonly status: BindingStatus;
}

/** A binding is one cause, however many words it takes: whoever writes one document shall not drown what others are told. */
function instanceCause(meaning: Meaning, { first, others, status }: SaidOfInstances): Cause {
  const { reason, message } = first;
  const said = { reason, message, status };
  if (meaning.by !== 'message' || others.every((other) => other.message === message))
    return causeOf(meaning, said);
  const cause = causeOf({ ...meaning, by: 'binding' }, said);
  return { ...cause, details: [message, `and ${count(others.length, 'more instance')}`] };
}

interface Said {
  readonly reason: ConditionReason;
  readonly message: string;
  readonly status: BindingStatus;
}

function causeOf(meaning: Meaning, { reason, message, status }: Said): Cause {
  const { kind, severity, title, by } = meaning;
  const scope = scopeKey(status.scope);
  const key = {
    message: `${scope} ${message}`,
    account: status.scope.account,
    binding: status.key,
    list: `${scope} ${status.sgIds.join()}`,
  }[by];
  return {
    ...{ key: `${kind} ${reason} ${key}`, kind, severity, reason, title, details: [message] },
    ...placeOf(status),
  };
}

function placeOf({ scope, origin }: BindingStatus): Pick<Cause, 'scope' | 'revision'> {
  return {
    scope: scopeKey(scope),
    ...(origin.kind === 'directory' ? { revision: origin.revision } : {}),
  };
}
