/** The words of the status: condition types and reasons, each with a sentence. Both sets are closed. */

/** The form of metav1.Condition. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  /** The generation of the spec that the condition speaks of. */
  readonly observedGeneration?: number;
  /** RFC 3339; moves only when `status` changes. */
  readonly lastTransitionTime: string;
  readonly reason: ConditionReason;
  readonly message: string;
}

/** Condition types and what each says when it is True. */
export const CONDITION_TYPES = {
  Ready: 'Every instance was read back with exactly the declared groups in the declared order.',
  Reconciling: 'Work on the binding goes on, or will be tried again; present only while True.',
  Stalled: 'A person must act before the binding can become Ready; present only while True.',
  DriftDetected: 'At least one instance was last read with another list than the declared one.',
  Conflicted: 'At least one instance belongs to another binding, which keeps it.',
  Contested:
    'Somebody else keeps changing the list of at least one instance; it is rewritten at a polite pace only.',
  Suspended:
    'The binding is read and reported but not written, because of `suspend: true` or until the time in `suspendUntil`.',
} as const;

export type ConditionType = keyof typeof CONDITION_TYPES;

/** Reasons and what each means, in the order of a runbook: what is well, what goes on, what waits, what is wrong. */
export const CONDITION_REASONS = {
  InSync: 'All instances have the declared groups in the declared order.',
  ObserveOnly: 'The mode is Observe, so differences are reported and nothing is written.',
  Suspended:
    'The spec says `suspend: true`, or a time in `suspendUntil` that has not come: nothing is written before.',
  NotObserved: 'At least one instance has not been read yet since the spec changed or the program started.',
  Progressing: 'Lists are being written or read back, and nothing has failed.',
  ProgressingWithRetry: 'The last try failed in a way that passes, and the next one is planned.',
  Drifted: 'At least one instance has another list than the declared one.',
  NotInForce:
    'The cloud accepted a write and another list is read all the same; the message shows both lists and what the cloud says of its last operation.',
  Throttled: "The cloud refused calls because the account's quota is used up; the pace was slowed down.",
  CloudError:
    'The cloud answered with an error of its own, or could not be reached; the call is tried again.',
  Blocked:
    "The instance's state forbids the change, such as a migration or an unpaid bill; the state is awaited.",
  NotFound: 'An instance or a security group does not exist in this region or belongs to another account.',
  InvalidRequest: 'The cloud refused the request itself as wrong; the spec has to change.',
  QuotaExceeded: 'The cloud allows no more groups on the instance, or no more instances in a group.',
  Denied: 'The credentials are valid but may not do this; grant the missing permission.',
  CredentialsFailed: 'The credentials are missing, wrong or expired, or could not be fetched.',
  ClockSkew: "This machine's clock differs from the cloud's by more than the cloud accepts.",
  OutsideWindow: 'The policy allows changes at other times only; the message says until when it waits.',
  Contested: 'Somebody else keeps changing the list back; the message shows both lists.',
  Refused: 'A safety check refused the change; the message names the check.',
  BlastRadius: 'Too many instances would change at once; somebody has to approve the plan.',
  MustKeep: 'The declared list lacks a group that the policy demands, or has it in another place.',
  ForbiddenGroup: 'The declared list has a group that the policy forbids.',
  Exposure:
    'The change would open traffic that the policy forbids; the message names the rule and the opening.',
  TrafficUnknown:
    'What the change would open and close cannot be told, because rules of its groups are being read or cannot be read.',
  UnknownGroup: 'A declared group does not exist in this region and account.',
  GroupsUnverified:
    'Whether the declared groups exist could not be read from the cloud, so nothing is written.',
  NotAllowed:
    'The policy does not let this namespace or directory name these instances or groups, or nobody this region or account.',
  TooManyScopes:
    'The namespace, or the tenant of a document, names more accounts and regions than one may have; those that came first are served.',
  SelectionRefused:
    'The selector suddenly fits nothing, or far more or far fewer instances than before; the members from before stay.',
  Conflicted: 'Another binding already holds at least one of the instances.',
  InvalidDocument:
    'The newest document of the binding is not valid: what it last validly said stays in force, or its spec where only an annotation is wrong; of an object that was never valid since the program started, the instances that its status lists stay its own and nothing is written for them.',
  ApiRetired: 'This account is not offered this generation of the cloud API any more.',
  NotSelected:
    'The object does not match the `--selector` of its controller any more, and none that follows it has taken over.',
  NotFollowed:
    'The namespace of the object cannot be read at present: its instances stay its own, and nothing is written for them.',
  JournalUnavailable: 'The journal cannot be written, so nothing is written to the cloud.',
} as const;

export type ConditionReason = keyof typeof CONDITION_REASONS;

/** The reasons that a guard gives when it keeps a change from being written, whoever asked for it. */
export const GUARD_REASONS = [
  'OutsideWindow',
  'Refused',
  'BlastRadius',
  'MustKeep',
  'ForbiddenGroup',
  'Exposure',
  'TrafficUnknown',
  'UnknownGroup',
  'GroupsUnverified',
  'NotAllowed',
  'NotFollowed',
  'QuotaExceeded',
] as const satisfies readonly ConditionReason[];

export type GuardReason = (typeof GUARD_REASONS)[number];
