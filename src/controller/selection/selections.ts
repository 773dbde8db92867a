/**
 * The members of bindings that select their instances. A binding enters the index with the members that were known
 * last; a complete listing replaces them, unless a guard finds the change too sudden. Until then, and while listing
 * fails, the members from before stay.
 *
 * Work over many bindings comes in steps. One piece of it ends before the next begins (`SourceHandler`).
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { approveHint } from '../../core/approve-hint.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { failureText } from '../../core/cloud-error.ts';
import { failureReason } from '../../core/instance-status.ts';
import {
  type Binding,
  type InstanceSelector,
  type Scope,
  type SelectionProblem,
  scopeKey,
} from '../../core/model.ts';
import type { Policy } from '../../core/policy.ts';
import {
  fits,
  knowsMore,
  membershipProblem,
  newSelectorState,
  type SelectorEvent,
  type SelectorState,
  sameSelector,
  selectorStateAfter,
  unnamedOf,
  withUnnamed,
} from '../../core/selector.ts';
import type { Tenancy } from '../../core/tenancy.ts';
import type { InstanceFilter, ListedInstance } from '../../ports/cloud.ts';
import type { RememberedMembers, Source } from '../../ports/source.ts';
import type { Inventory } from '../../ports/store.ts';
import type { Log } from '../../runtime/log.ts';
import { eachPortion } from '../../runtime/portions.ts';
import type { Approvals } from '../budget/approvals.ts';
import { type ListingKey, listingKey } from '../scope/listing.ts';
import type { WantedListing } from '../scope/scope-listings.ts';
import type { Scopes } from '../scope/scopes.ts';
import type { PresentTruth } from './declared-bindings.ts';
import { type Listed, readListing } from './read-listing.ts';

export interface SelectionsOptions {
  readonly policy: Policy;
  readonly tenancy: Tenancy;
  readonly sweepIntervalMs: number;
  readonly approvals: Approvals;
  readonly log: Log;
  /** They, and the inventory, remember which members a binding had. */
  readonly sources: readonly Source[];
  readonly inventory: Inventory;
  /** They list. */
  readonly scopes: Pick<Scopes, 'refreshListing' | 'keepListed'>;
}

type Changes = PresentTruth['changes'];

interface Selection {
  /** As the source gave it. */
  declared: Binding;
  /** With its members. */
  resolved: Binding;
  readonly listing: ListingKey;
  state: SelectorState;
}

const UNLISTED = {
  reason: 'NotObserved',
  message: 'the instances that the selector fits are not listed yet',
  unconfirmed: true,
} as const;

/** Selectors that are looked up, and instances that they are compared with, before other work may go on. */
const SELECTORS_AT_ONCE = 300;
const COMPARISONS_AT_ONCE = 15_000;
/** What a selector costs beside its comparisons, in comparisons. */
const SELECTOR_COST = COMPARISONS_AT_ONCE / SELECTORS_AT_ONCE;

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
    for (const { state } of this.#selections.values()) if (state.phase === 'unlisted') count++;
    return count;
  }

  /**
   * The present forms of bindings, with their members; what names its instances itself is left as it is. Each scope is
   * told of its filters once, whatever the number of bindings. Yields when other work may go on.
   */
  *resolve(changes: Changes): Generator<void, Changes> {
    const scopes = new Map<string, Scope>();
    const refreshed: Selection[] = [];
    const owned = lazily(() => this.#ownedByBinding());
    const resolved: (readonly [BindingKey, Binding | undefined])[] = [];
    const resolve = ([key, declared]: Changes[number]) => {
      const before = this.#selections.get(key);
      resolved.push([key, this.#resolve(key, declared, owned)]);
      const made = this.#selections.get(key);
      if (made === before) return;
      for (const one of [before, made]) {
        if (one !== undefined) scopes.set(scopeKey(one.declared.scope), one.declared.scope);
      }
      // The listing may be there already, for another binding; and an approval may have come.
      if (made?.resolved.selection !== undefined) refreshed.push(made);
    };
    yield* eachPortion(changes, SELECTORS_AT_ONCE, (some) => some.forEach(resolve));
    yield* this.#keep(scopes);
    yield* this.#refresh(refreshed);
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

  /** A listing is complete. Returns the bindings whose members, or what is said of them, are others now. Yields when other work may go on. */
  *listed(scope: Scope, listing: ListingKey, rows: readonly ListedInstance[]): Generator<void, Binding[]> {
    const listed = readListing(rows);
    for (const why of listed.unreadable) {
      this.#options.log.warn(
        { scope: scopeKey(scope) },
        `a row of a listing of instances cannot be used: ${why}`,
      );
    }
    const sharing = this.#sharing.get(sharedKey(scope, listing))?.values() ?? [];
    return yield* changedBy(sharing, (selection) => this.#obey(selection, listed), listed.instances.size);
  }

  /** The same of a listing that has failed. */
  *failed(scope: Scope, listing: ListingKey, error: CloudError): Generator<void, Binding[]> {
    const problem = {
      reason: failureReason(error.kind),
      message: `the instances that the selector fits cannot be listed: ${failureText(error, scope.region)}`,
    };
    const sharing = this.#sharing.get(sharedKey(scope, listing))?.values() ?? [];
    return yield* changedBy(sharing, (selection) => {
      note(selection, { kind: 'failed' });
      this.#replace(selection, { ...membersOf(selection), problem });
    });
  }

  /** The same when the scope is this replica's from now on: another one has looked after the members meanwhile. */
  *gained(scope: string): Generator<void, Binding[]> {
    const owned = lazily(() => this.#ownedByBinding());
    return yield* changedBy(this.#selections.values(), (selection) => {
      const { declared, resolved } = selection;
      if (scopeKey(declared.scope) !== scope) return;
      const members = this.#remembered(declared.key, owned);
      note(selection, { kind: 'gained', remembered: members });
      if (members === undefined || knowsMore(selection.state, members)) return;
      this.#replace(selection, { ids: members.ids, problem: resolved.selection });
    });
  }

  /** An approval may have come. Yields when other work may go on. */
  reconsider(): Generator<void, void> {
    return this.#refresh(this.#selections.values(), (one) => one.selection?.reason === 'SelectionRefused');
  }

  /** Lists for those of them that ask for it, what they share once. */
  *#refresh(
    selections: Iterable<Selection>,
    asks: (resolved: Binding) => boolean = () => true,
  ): Generator<void, void> {
    const wanted = new Map<string, Selection>();
    yield* eachPortion(selections, COMPARISONS_AT_ONCE, (some) => {
      for (const one of some)
        if (asks(one.resolved)) wanted.set(sharedKey(one.declared.scope, one.listing), one);
    });
    for (const { declared, listing } of wanted.values())
      this.#options.scopes.refreshListing(declared.scope, listing);
  }

  #begin(
    key: BindingKey,
    declared: Binding,
    { before, owned }: { readonly before: Selection | undefined; readonly owned: Owned },
  ): Selection {
    const selector = declared.selector as InstanceSelector;
    const remembered = before === undefined ? this.#remembered(key, owned) : undefined;
    const state =
      before === undefined
        ? newSelectorState(remembered)
        : selectorStateAfter(before.state, { kind: 'edited' });
    const ids = before?.resolved.instanceIds ?? remembered?.ids ?? [];
    return {
      declared,
      resolved: withMembers(declared, { ids, problem: withUnnamed(UNLISTED, unnamedOf(state)) }),
      listing: listingKey(filterOf(selector)),
      state,
    };
  }

  #obey(selection: Selection, { instances, unclear, unnamed }: Listed): void {
    const { policy, tenancy, approvals, log } = this.#options;
    const { declared, resolved, state } = selection;
    const selector = declared.selector as InstanceSelector;
    const fitting = [...instances.values()].filter((one) => fits(selector, one));
    const taken = fitting.filter((one) => tenancy.fit(declared, one) === 'yes');
    const others = fitting.length - taken.length;
    const before = state.comparable ? resolved.instanceIds : [];
    // Of a row that cannot be read nobody can say that a member has left.
    const stay = before.filter((id) => unclear.has(id) || (unnamed && !instances.has(id)));
    const members = [...new Set([...taken.map(({ instanceId }) => instanceId), ...stay])].sort();
    const sudden = membershipProblem(before, members, {
      blastRadius: policy.blastRadius,
      unnamed: state.comparable ? unnamedOf(state) : 0,
    });
    if (sudden !== undefined) {
      const text = `${scopeKey(declared.scope)} ${declared.key} selects ${members.join(' ')}\n`;
      const { digest, by } = approvals.selection(text, declared);
      if (by === undefined) {
        const message = `${sudden}; the members from before stay. Look why, and approve it with ${approveHint(digest)}`;
        const problem = { reason: 'SelectionRefused', message, approvable: digest } as const;
        note(selection, { kind: 'refused' });
        return this.#replace(selection, { ...membersOf(selection), problem });
      }
      log.info({ binding: declared.key, digest, by }, `approved: ${sudden}`);
    }
    note(selection, { kind: 'obeyed' });
    const problem = members.length === 0 && others > 0 ? notAllowed(onlyOthers(others)) : undefined;
    this.#replace(selection, { ids: members, others, problem });
  }

  /** The members that a binding had when it was last looked after; undefined when nobody knows. */
  #remembered(key: BindingKey, owned: Owned): RememberedMembers | undefined {
    for (const source of this.#options.sources) {
      const members = source.memory.members(key);
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
    const isConfirmed = selection.state.phase === 'obeyed';
    const reported = problem && (isConfirmed ? problem : { ...problem, unconfirmed: true as const });
    selection.resolved = withMembers(selection.declared, {
      ids,
      others,
      problem: reported && withUnnamed(reported, unnamedOf(selection.state)),
    });
  }

  /** Tells these scopes of all filters that are wanted there. */
  *#keep(scopes: ReadonlyMap<string, Scope>): Generator<void, void> {
    if (scopes.size === 0) return;
    const wantedIn = new Map([...scopes.keys()].map((key) => [key, new Map<ListingKey, WantedListing>()]));
    const want = ({ declared, listing }: Selection) => {
      const wanted = wantedIn.get(scopeKey(declared.scope));
      if (wanted === undefined) return;
      const intervalMs = declared.intervalMs ?? this.#options.sweepIntervalMs;
      const shortest = Math.min(intervalMs, wanted.get(listing)?.intervalMs ?? intervalMs);
      const turn = wanted.get(listing)?.turn ?? this.#options.tenancy.turnOf(declared);
      const filter = filterOf(declared.selector as InstanceSelector);
      wanted.set(listing, { filter, intervalMs: shortest, turn });
    };
    yield* eachPortion(this.#selections.values(), 10 * SELECTORS_AT_ONCE, (some) => some.forEach(want));
    for (const [key, scope] of scopes) this.#options.scopes.keepListed(scope, wantedIn.get(key) ?? new Map());
  }
}

/** Something has happened to the selector. */
function note(selection: Selection, event: SelectorEvent): void {
  selection.state = selectorStateAfter(selection.state, event);
}

/** Does this to each selection, and returns the bindings that it has changed. @param rows with which each is compared. */
function* changedBy(
  selections: Iterable<Selection>,
  change: (selection: Selection) => void,
  rows = 0,
): Generator<void, Binding[]> {
  const changed: Binding[] = [];
  const look = (selection: Selection) => {
    const { resolved } = selection;
    change(selection);
    if (selection.resolved !== resolved) changed.push(selection.resolved);
  };
  const costOf = ({ resolved }: Selection) => SELECTOR_COST + rows + resolved.instanceIds.length;
  yield* eachPortion(selections, COMPARISONS_AT_ONCE, (some) => some.forEach(look), costOf);
  return changed;
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
