/**
 * The nouns of the engine: scopes, bindings, claims and what was observed.
 * Plain readonly data; everything here can be printed, stored and compared.
 */
import type { Approval } from '../api/approval.ts';
import type { ConditionReason } from '../api/conditions.ts';
import type { BindingKey, InstanceId, SecurityGroupId } from '../api/ids.ts';

/** An ordered security-group list: the first has the highest priority. */
export type GroupList = readonly SecurityGroupId[];

/**
 * One quota bucket of the cloud: the cloud counts calls per account and region (and per action).
 * The endpoint is the third part of the bucket; one process serves one endpoint, so it is not repeated here.
 */
export interface Scope {
  /** The credential that pays for the calls: a profile name, or `default`. */
  readonly account: string;
  /** The long name of the region, such as `ap-guangzhou`, whichever way the user wrote it. */
  readonly region: string;
}

/** Asked for every instance of every sweep: a text that is made anew has to be hashed anew by every map. */
const SCOPE_KEYS = new WeakMap<Scope, string>();

/** The map key of a scope: `account@region`. */
export function scopeKey(scope: Scope): string {
  const known = SCOPE_KEYS.get(scope);
  if (known !== undefined) return known;
  const key = `${scope.account}@${scope.region}`;
  SCOPE_KEYS.set(scope, key);
  return key;
}

/** Where a binding was declared, for messages and the journal. */
export type Origin =
  | {
      readonly kind: 'directory';
      /** Path relative to the source's root. */
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly revision: string;
    }
  | { readonly kind: 'kubernetes'; readonly uid: string; readonly generation: number };

/** Selects instances by what they are; everything that is said must fit. */
export interface InstanceSelector {
  readonly tags?: Readonly<Record<string, string>>;
  readonly vpcId?: string;
  /** The whole name: `*` is any text, `?` one character. */
  readonly namePattern?: string;
  readonly excluded: readonly InstanceId[];
}

/** An emergency that somebody has declared: change windows do not hold back writes before it ends. */
export interface Emergency {
  readonly untilMs: number;
  readonly reason: string;
  /** When it was first seen, by the calendar; one that prolongs another goes on from there. */
  readonly sinceMs?: number;
}

/** An emergency that the policy does not let count. */
export interface RefusedEmergency extends Emergency {
  readonly why: string;
}

/** One valid declaration: these instances shall have this ordered list. */
export interface Binding {
  readonly key: BindingKey;
  readonly namespace: string;
  readonly name: string;
  readonly scope: Scope;
  /** Named by the declaration, or else the present members of {@link selector}. */
  readonly instanceIds: readonly InstanceId[];
  readonly selector?: InstanceSelector;
  /** Why the members are not those that the selector fits now: the listing failed, or a guard refused its result. */
  readonly selection?: SelectionProblem;
  /** Instances that the selector fits beside the members, and that the binding's tenant may not name; absent: none. */
  readonly notAllowed?: number;
  readonly sgIds: GroupList;
  /** `Observe` reports drift and writes nothing. */
  readonly mode: 'Enforce' | 'Observe';
  /** A suspended binding keeps its claims, is observed, and is never written. */
  readonly suspend: boolean;
  /** Suspended before this time as well, in milliseconds since the Unix epoch. */
  readonly suspendUntilMs?: number;
  /** Time between two drift checks of its instances; absent: the controller's own. */
  readonly intervalMs?: number;
  /** What becomes of the list of an instance that leaves it; absent: `Retain`. */
  readonly deletionPolicy?: 'Retain' | 'Restore';
  /** The newest request to read its instances at once: any text, a new one at each request. */
  readonly reconcileRequest?: string;
  /** A plan that somebody approved: it may pass the guards that an approval can pass. */
  readonly approvedPlan?: Approval;
  readonly emergency?: Emergency;
  /** In the place of {@link emergency}. */
  readonly refusedEmergency?: RefusedEmergency;
  readonly origin: Origin;
  /**
   * Which revision of its source brought what it asks for; revisions are counted as they are accepted, also over restarts.
   * Absent: its source has no revisions, or had it before it counted them.
   */
  readonly acceptedIn?: number;
  /** Why its newest document is not in force, or not wholly: what is wrong, and its `file:line:column`. */
  readonly invalid?: string;
  /**
   * What is in force beside an {@link invalid} document; absent: its last valid form.
   * - `spec`       the spec of the newest one; what is wrong beside it counts as not said
   * - `ownership`  nobody knows a valid form: its instances stay its own, and nothing is written for them
   */
  readonly inForce?: 'spec' | 'ownership';
  /** Why its source cannot follow it at present: it keeps what it has, and nothing is written for it. */
  readonly unfollowed?: string;
  /** RFC 3339, where the source knows it. Older bindings win a contested instance. */
  readonly createdAt?: string;
}

/** What stands between a selector and its members. */
export interface SelectionProblem {
  /** A condition reason. */
  readonly reason: ConditionReason;
  readonly message: string;
  /** The digest of the change of members that waits for an approval; absent where none helps. */
  readonly approvable?: string;
  /** No listing was obeyed since the selector was edited: the members may be those of another selector. */
  readonly unconfirmed?: true;
  /** Members from before that an earlier process had and nobody can name any more; absent: none. */
  readonly unnamed?: number;
}

/** One instance as the cloud described it in one read. */
export interface ObservedInstance {
  readonly instanceId: InstanceId;
  readonly name?: string;
  /** The ordered list on the primary NIC. */
  readonly sgIds: GroupList;
  /** `InstanceState`, such as `RUNNING`; empty when the cloud left it out. */
  readonly state: string;
  /** `RestrictState`, such as `NORMAL` or `EXPIRED`; empty when the cloud left it out. */
  readonly restrictState: string;
  /** `LatestOperationState`, such as `SUCCESS`, `OPERATING` or `FAILED`; empty when the cloud left it out. */
  readonly latestOperationState: string;
  /** `LatestOperationErrorMsg`: why the last operation failed; absent when the cloud says nothing. */
  readonly latestOperationError?: string;
  readonly vpcId?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What tells one instance from another, beside its lists and its state. */
export type InstanceIdentity = Pick<ObservedInstance, 'instanceId' | 'name' | 'vpcId' | 'tags'>;

/** An instance that an answer holds and of which something cannot be used; what else it says of it is here. */
export interface UnreadableInstance extends InstanceIdentity {
  /** What cannot be used. */
  readonly unreadable: string;
}

/** Narrows what was read of an instance to what can be used. */
export function isReadable<T extends object>(row: T): row is Exclude<T, { readonly unreadable: string }> {
  return !('unreadable' in row);
}

/** Never empty. */
export type Group<T> = readonly [first: T, ...others: T[]];

/** Items that have the same key, in the order in which the keys come first. */
export function groupsOf<T>(items: Iterable<T>, keyOf: (item: T) => string): Group<T>[] {
  return [...Map.groupBy(items, keyOf).values()] as unknown as Group<T>[];
}
