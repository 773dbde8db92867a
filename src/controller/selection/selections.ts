/**
 * The members of bindings that select their instances. A binding enters the index with the members that were known
 * last; a complete listing replaces them, unless a guard finds the change too sudden. Until then, and while listing
 * fails, the members from before stay.
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { InstanceFilter } from '../../cloud/port.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { failureText } from '../../core/cloud-error.ts';
import { failureReason } from '../../core/judge.ts';
import {
  type Binding,
  type InstanceSelector,
  type ObservedInstance,
  type Scope,
  type SelectionProblem,
  scopeKey,
} from '../../core/model.ts';
import type { Policy } from '../../core/policy.ts';
import { fits, membershipProblem, sameSelector, withUnnamed } from '../../core/selector.ts';
import type { Tenancy } from '../../core/tenancy.ts';
import type { Log } from '../../runtime/log.ts';
import type { Inventory } from '../../sinks/port.ts';
import type { RememberedMembers, Source } from '../../sources/port.ts';
import type { Approvals } from '../budget/approvals.ts';
import type { PresentTruth } from '../given-bindings.ts';
import { type ListingKey, listingKey, type WantedListing } from './scope-listings.ts';

export interface SelectionsOptions {
  readonly policy: Policy;
  readonly tenancy: Tenancy;
  readonly sweepIntervalMs: number;
  readonly approvals: Approvals;
  readonly log: Log;
  /** They, and the inventory, remember which members a binding had. */
  readonly sources: readonly Source[];
  readonly inventory: Inventory;
  /** Lists once more, as soon as possible. */
  readonly refresh: (scope: Scope, listing: ListingKey) => void;
  /** Keeps these filters of a scope listed. */
  readonly keep: (scope: Scope, wanted: ReadonlyMap<ListingKey, WantedListing>) => void;
  /** Bindings whose members, or what is said of them, have changed. */
  readonly changed: (bindings: readonly Binding[]) => void;
}

type Changes = PresentTruth['changes'];

interface Selection {
  /** As the source gave it. */
  declared: Binding;
  /** With its members. */
  resolved: Binding;
  readonly listing: ListingKey;
  /** Whether a complete listing has been obeyed, or members are remembered. */
  known: boolean;
  /** Whether there was a complete listing since the selector is what it is. */
  listed: boolean;
  /** Whether one was obeyed. */
  confirmed: boolean;
  /** Members from before that nobody can name; none once a listing was obeyed. */
  unnamed: number;
}

const UNLISTED = {
  reason: 'NotObserved',
  message: 'the instances that the selector fits are not listed yet',
  unconfirmed: true,
} as const;

export class Selections {
  readonly #options: SelectionsOptions;
  readonly #selections = new Map<BindingKey, Selection>();
  /** The same by what they list, see {@link sharedKey}. */
  readonly #sharing = new Map<string, Map<BindingKey, Selection>>();

  constructor(options: SelectionsOptions) {
    this.#options = options;
  }

  /** Bindings whose selector was not listed yet, and has not failed. */
  get unlisted(): number {
    let count = 0;
    for (const { listed, resolved } of this.#selections.values()) {
      if (!listed && resolved.selection?.reason === 'NotObserved') count++;
    }
    return count;
  }

  /**
   * The present forms of bindings, with their members; what names its instances itself is left as it is. Each scope is
   * told of its filters once, whatever the number of bindings.
   */
  resolve(changes: Changes): Changes {
    const scopes = new Map<string, Scope>();
    const refreshed: Selection[] = [];
    const owned = lazily(() => this.#ownedByBinding());
    const resolved = changes.map(([key, declared]) => {
      const before = this.#selections.get(key);
      const present = this.#resolve(key, declared, owned);
      const made = this.#selections.get(key);
      if (made === before) return [key, present] as const;
      for (const one of [before, made]) {
        if (one !== undefined) scopes.set(scopeKey(one.declared.scope), one.declared.scope);
      }
      // The listing may be there already, for another binding; and an approval may have come.
      if (made?.resolved.selection !== undefined) refreshed.push(made);
      return [key, present] as const;
    });
    this.#keep(scopes);
    for (const { declared, listing } of refreshed) this.#options.refresh(declared.scope, listing);
    return resolved;
  }

  #resolve(key: BindingKey, declared: Binding | undefined, owned: Owned): Binding | undefined {
    const before = this.#selections.get(key);
    const { tenancy } = this.#options;
    if (declared?.selector === undefined || tenancy.refusesWhole(declared)) {
      this.#put(key, undefined);
      if (declared?.selector === undefined) return declared;
      return withMembers(declared, { ids: [], problem: notAllowed(tenancy.wholeRefusal(declared)) });
    }
    if (before?.declared === declared) return before.resolved;
    const same =
      before !== undefined &&
      scopeKey(before.declared.scope) === scopeKey(declared.scope) &&
      sameSelector(before.declared.selector, declared.selector);
    const made = same ? { ...before, declared } : this.#begin(key, declared, { before, owned });
    const { instanceIds: ids, selection: problem, notAllowed: others } = made.resolved;
    made.resolved = withMembers(declared, { ids, problem, others });
    this.#put(key, made);
    return made.resolved;
  }

  listed(scope: Scope, listing: ListingKey, instances: readonly ObservedInstance[]): void {
    this.#update(scope, listing, (selection) => this.#obey(selection, instances));
  }

  failed(scope: Scope, listing: ListingKey, error: CloudError): void {
    const problem = {
      reason: failureReason(error.kind),
      message: `the instances that the selector fits cannot be listed: ${failureText(error, scope.region)}`,
    };
    this.#update(scope, listing, (selection) => {
      this.#replace(selection, { ...membersOf(selection), problem });
    });
  }

  /** The scope is this replica's from now on: another one has looked after the members meanwhile. */
  gained(scope: string): void {
    const changed: Binding[] = [];
    const owned = lazily(() => this.#ownedByBinding());
    for (const [key, selection] of this.#selections) {
      const { declared, resolved } = selection;
      if (scopeKey(declared.scope) !== scope) continue;
      const members = this.#remembered(key, owned);
      selection.known = members !== undefined;
      // Those that this replica knew tell more than a list of some.
      const isLess = members !== undefined && members.unnamed > 0 && selection.confirmed;
      if (members !== undefined && !isLess) {
        selection.unnamed = members.unnamed;
        this.#replace(selection, { ids: members.ids, problem: resolved.selection });
      }
      if (selection.resolved !== resolved) changed.push(selection.resolved);
    }
    if (changed.length > 0) this.#options.changed(changed);
  }

  /** An approval may have come. */
  reconsider(): void {
    for (const { declared, listing, resolved } of this.#selections.values()) {
      if (resolved.selection?.reason === 'SelectionRefused') this.#options.refresh(declared.scope, listing);
    }
  }

  #begin(
    key: BindingKey,
    declared: Binding,
    { before, owned }: { readonly before: Selection | undefined; readonly owned: Owned },
  ): Selection {
    const selector = declared.selector as InstanceSelector;
    // Whoever edits the selector means the new one; only what changes by itself is suspicious.
    const members =
      before === undefined
        ? this.#remembered(key, owned)
        : { ids: before.resolved.instanceIds, unnamed: before.unnamed };
    const unnamed = members?.unnamed ?? 0;
    return {
      declared,
      resolved: withMembers(declared, { ids: members?.ids ?? [], problem: withUnnamed(UNLISTED, unnamed) }),
      listing: listingKey(filterOf(selector)),
      known: before === undefined && members !== undefined,
      listed: false,
      confirmed: false,
      unnamed,
    };
  }

  #update(scope: Scope, listing: ListingKey, change: (selection: Selection) => void): void {
    const changed: Binding[] = [];
    for (const selection of this.#sharing.get(sharedKey(scope, listing))?.values() ?? []) {
      const { resolved } = selection;
      change(selection);
      if (selection.resolved !== resolved) changed.push(selection.resolved);
    }
    if (changed.length > 0) this.#options.changed(changed);
  }

  #obey(selection: Selection, instances: readonly ObservedInstance[]): void {
    const { policy, tenancy, approvals, log } = this.#options;
    const { declared, resolved, known } = selection;
    const selector = declared.selector as InstanceSelector;
    const fitting = instances.filter((one) => fits(selector, one));
    const members = fitting
      .filter((one) => tenancy.fit(declared, one) === 'yes')
      .map(({ instanceId }) => instanceId)
      .sort();
    const others = fitting.length - members.length;
    selection.listed = true;
    const before = known ? resolved.instanceIds : [];
    const sudden = membershipProblem(before, members, {
      blastRadius: policy.blastRadius,
      unnamed: known ? selection.unnamed : 0,
    });
    if (sudden !== undefined) {
      const text = `${scopeKey(declared.scope)} ${declared.key} selects ${members.join(' ')}\n`;
      const { digest, by } = approvals.selection(text, declared);
      if (by === undefined) {
        const message = `${sudden}; the members from before stay. Look why, and approve it with \`cvmsg approve ${digest}\``;
        const problem = { reason: 'SelectionRefused', message } as const;
        return this.#replace(selection, { ...membersOf(selection), problem });
      }
      log.info({ binding: declared.key, digest, by }, `approved: ${sudden}`);
    }
    selection.known = true;
    selection.confirmed = true;
    selection.unnamed = 0;
    const problem = members.length === 0 && others > 0 ? notAllowed(onlyOthers(others)) : undefined;
    this.#replace(selection, { ids: members, others, problem });
  }

  /** The members that a binding had when it was last looked after; undefined when nobody knows. */
  #remembered(key: BindingKey, owned: Owned): RememberedMembers | undefined {
    for (const source of this.#options.sources) {
      const members = source.members?.(key);
      if (members !== undefined) return members;
    }
    const ids = owned().get(key);
    return ids === undefined ? undefined : { ids: ids.sort(), unnamed: 0 };
  }

  #ownedByBinding(): ReadonlyMap<BindingKey, InstanceId[]> {
    return groupedBy(this.#options.inventory.owners());
  }

  #put(key: BindingKey, made: Selection | undefined): void {
    const before = this.#selections.get(key);
    const earlier = before && sharedKey(before.declared.scope, before.listing);
    const shared = made && sharedKey(made.declared.scope, made.listing);
    if (earlier !== undefined && earlier !== shared) {
      const others = this.#sharing.get(earlier);
      others?.delete(key);
      if (others?.size === 0) this.#sharing.delete(earlier);
    }
    if (made === undefined || shared === undefined) return void this.#selections.delete(key);
    this.#selections.set(key, made);
    const users = this.#sharing.get(shared) ?? new Map<BindingKey, Selection>();
    this.#sharing.set(shared, users.set(key, made));
  }

  /** Keeps the object as long as nothing about it changes. */
  #replace(selection: Selection, { ids, others = 0, problem }: Members): void {
    const { instanceIds, selection: earlier, notAllowed: before = 0 } = selection.resolved;
    const same = instanceIds.length === ids.length && instanceIds.every((id, index) => id === ids[index]);
    const sameWords = earlier?.reason === problem?.reason && earlier?.message === problem?.message;
    if (same && sameWords && before === others) return;
    const told = problem && (selection.confirmed ? problem : { ...problem, unconfirmed: true as const });
    selection.resolved = withMembers(selection.declared, {
      ids,
      others,
      problem: told && withUnnamed(told, selection.unnamed),
    });
  }

  /** Tells these scopes of all filters that are wanted there. */
  #keep(scopes: ReadonlyMap<string, Scope>): void {
    if (scopes.size === 0) return;
    const wantedIn = new Map([...scopes.keys()].map((key) => [key, new Map<ListingKey, WantedListing>()]));
    for (const { declared, listing } of this.#selections.values()) {
      const wanted = wantedIn.get(scopeKey(declared.scope));
      if (wanted === undefined) continue;
      const intervalMs = declared.intervalMs ?? this.#options.sweepIntervalMs;
      const shortest = Math.min(intervalMs, wanted.get(listing)?.intervalMs ?? intervalMs);
      const turn = wanted.get(listing)?.turn ?? this.#options.tenancy.turnOf(declared);
      const filter = filterOf(declared.selector as InstanceSelector);
      wanted.set(listing, { filter, intervalMs: shortest, turn });
    }
    for (const [key, scope] of scopes) this.#options.keep(scope, wantedIn.get(key) ?? new Map());
  }
}

/** The instances that each binding owns, looked up at most once. */
type Owned = () => ReadonlyMap<BindingKey, InstanceId[]>;

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function groupedBy(owners: Iterable<readonly [InstanceId, BindingKey]>): Map<BindingKey, InstanceId[]> {
  const grouped = new Map<BindingKey, InstanceId[]>();
  for (const [id, owner] of owners) {
    const ids = grouped.get(owner);
    if (ids === undefined) grouped.set(owner, [id]);
    else ids.push(id);
  }
  return grouped;
}

/** The same for bindings of one scope that one listing serves. */
function sharedKey(scope: Scope, listing: ListingKey): string {
  return `${scopeKey(scope)} ${listing}`;
}

/** What the cloud can filter by itself. */
function filterOf({ tags, vpcId }: InstanceSelector): InstanceFilter {
  return { ...(tags === undefined ? {} : { tags }), ...(vpcId === undefined ? {} : { vpcId }) };
}

interface Members {
  readonly ids: readonly InstanceId[];
  /** How many others the selector fits, which the tenant may not name. */
  readonly others?: number | undefined;
  /** Why these are not those that the selector fits now. */
  readonly problem?: Binding['selection'];
}

function membersOf({ resolved: { instanceIds, notAllowed: others } }: Selection): Members {
  return { ids: instanceIds, others };
}

function withMembers(declared: Binding, { ids: instanceIds, others = 0, problem }: Members): Binding {
  const { selection: _, notAllowed: __, ...rest } = declared;
  return {
    ...rest,
    instanceIds,
    ...(problem === undefined ? {} : { selection: problem }),
    ...(others === 0 ? {} : { notAllowed: others }),
  };
}

function notAllowed(message: string): SelectionProblem {
  return { reason: 'NotAllowed', message };
}

function onlyOthers(count: number): string {
  return `all ${count} instances that the selector fits are other tenants': narrow the selector, or allow them in the policy`;
}
