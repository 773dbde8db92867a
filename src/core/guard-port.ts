/** What a guard is asked and what it answers. */
import type { ConditionReason } from '../api/conditions.ts';
import type { InstanceId, SecurityGroupId } from '../api/ids.ts';
import type { ListEffects } from './firewall/list-effects.ts';
import type { Binding, GroupList, ObservedInstance } from './model.ts';
import type { Step } from './plan.ts';
import { OPEN_POLICY, type Policy, type WindowState } from './policy.ts';

/**
 * What becomes of the write.
 * - `held`     the user asked for no writes; not a failure
 * - `refused`  the plan breaks a rule; a person has to change the declaration or the rule, or approve the plan
 * - `deferred` the time for it has not come; it will be tried when it has
 * - `waiting`  the instance cannot take it now; it will be tried when its state changes
 */
export type GuardOutcome = 'held' | 'refused' | 'deferred' | 'waiting';

/** The guards by name, in the order in which they speak. */
export const GUARD_NAMES = [
  'undeclared',
  'suspended',
  'observe-only',
  'selection',
  'never-empty',
  'tenancy',
  'must-keep',
  'forbidden',
  'group-limit',
  'real-groups',
  'exposure',
  'instance-state',
  'change-window',
  'blast-radius',
] as const;

export type GuardName = (typeof GUARD_NAMES)[number];

export interface GuardResult {
  readonly guard: GuardName;
  readonly outcome: GuardOutcome;
  readonly reason: ConditionReason;
  readonly message: string;
  /** Digest of the plan that an approval would have to name; absent where no approval helps. */
  readonly approvable?: string;
}

/** What a guard may look at. */
export interface GuardInput {
  readonly binding: Binding;
  readonly observed: ObservedInstance;
  /** The list that the cloud is believed to hold, where a late read may show an older one. */
  readonly believed?: GroupList;
  readonly steps: readonly Step[];
  readonly rules: GuardRules;
  /** The moment by the calendar. */
  readonly wallMs: number;
}

/** What is known of the groups of a scope. */
export type GroupKnowledge =
  /** Nobody looks. */
  | { readonly state: 'unchecked' }
  /** Not read yet, or never successfully: why. */
  | { readonly state: 'unknown'; readonly message: string }
  | {
      readonly state: 'known';
      /** Names by id, of every group that exists. */
      readonly names: ReadonlyMap<SecurityGroupId, string>;
      /** Groups that were looked for and do not exist. One that is in neither was wanted after the last reading began. */
      readonly absent: ReadonlySet<SecurityGroupId>;
      /** Most groups of one instance, as the cloud tells. */
      readonly limit: number;
    };

/** What is known of the rules of groups. */
export type TrafficKnowledge =
  /** Nobody reads them. */
  | { readonly mode: 'off' }
  | {
      /** `require`: a change whose effect cannot be told is refused. */
      readonly mode: 'auto' | 'require';
      /** What changes of lists open and close. */
      readonly effects: ListEffects;
      state(sgId: SecurityGroupId): 'unread' | 'known' | 'unreadable';
    };

/** What guards decide by, beside the instance itself. */
export interface GuardRules {
  /** Most groups that one instance may have, as the user tells; the cloud's default is 5 and can be raised by a ticket. */
  readonly maxGroupsPerInstance: number;
  readonly policy: Policy;
  /** The windows of the policy at this moment. */
  readonly windows: readonly WindowState[];
  readonly groups: GroupKnowledge;
  readonly traffic: TrafficKnowledge;
  /** What was decided about this instance together with all others that would change. */
  readonly together: (id: InstanceId) => GuardResult | undefined;
}

/** No policy at all. */
export const DEFAULT_GUARD_RULES: GuardRules = {
  maxGroupsPerInstance: 5,
  policy: OPEN_POLICY,
  windows: [],
  groups: { state: 'unchecked' },
  traffic: { mode: 'off' },
  together: () => undefined,
};

/** Says why the write must not happen; undefined lets it pass. Pure. */
export type Guard = (input: GuardInput) => GuardResult | undefined;
