/** A source of bindings as the controller sees it. */
import type { Approval } from '../api/approval.ts';
import type { Diagnostic } from '../api/diagnostic.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding, GroupList, Scope } from '../core/model.ts';
import type { Permission } from '../core/permission.ts';
import type { PendingRestore } from '../core/restoration.ts';

/** A completely read revision. */
export interface RevisionReport {
  /** A commit hash, `commit+digest` for the files of a checkout, or `sha256:…` of the content. */
  readonly revision: string;
  readonly files: number;
  readonly documents: number;
  readonly bindings: number;
  readonly declared: ReadonlyMap<BindingKey, Binding>;
  /** Documents of other kinds that were passed over. */
  readonly skipped: number;
  readonly diagnostics: readonly Diagnostic[];
  /** Every approval and emergency that it contains; absent: none. */
  readonly permissions?: readonly Permission[];
  /** Bindings that keep what they last validly said: their document is invalid now, or may stand in a file that cannot be read. */
  readonly retained: readonly BindingKey[];
  readonly added: readonly BindingKey[];
  readonly changed: readonly BindingKey[];
  readonly removed: readonly BindingKey[];
}

/** Why a source has no newer truth; nothing that was declared before is given up for it. */
export interface SourceProblem {
  /** A stable word: `missing`, `empty`, `unreadable`, `unsettled`, `altered`. */
  readonly code: string;
  readonly message: string;
}

/** Instances that a binding is about to declare; another one may claim them all the same. */
export interface PrefetchTarget {
  readonly scope: Scope;
  readonly instanceIds: readonly InstanceId[];
}

/** What was seen of a binding before the whole truth was. */
export interface PrefetchHint extends PrefetchTarget {
  readonly sgIds: GroupList;
  /** Whether all of them were in sync with this very declaration when the source itself last recorded it. */
  readonly wasInSync: boolean;
}

/** The instances that a binding had before this process. */
export interface RememberedMembers {
  /** Sorted. */
  readonly ids: readonly InstanceId[];
  /** How many there were beside them, which nobody can name any more. */
  readonly unnamed: number;
}

/** An instance that an earlier process changed without an approval, as far as a source remembers. */
export interface RememberedChange {
  /** Of one that nobody can name any more a text that no instance has. */
  readonly id: string;
  /** Whose binding it was changed for. */
  readonly declarer: Pick<Binding, 'namespace' | 'origin'>;
  /** By the calendar. */
  readonly atMs: number;
}

/** A binding that is being deleted: it declares nothing any more, and goes when its lists are put back. */
export interface Deletion {
  /** What it says now: what it permits counts. */
  readonly binding: Binding;
  /** When somebody asked for the deletion, by the calendar. */
  readonly deletedMs: number;
}

export interface SourceListener {
  /** Before the first `changed`: these instances will most likely be declared, so reading them may begin. Must not throw. */
  prefetch(hint: PrefetchHint): void;
  /** After it: the next `changed` will most likely declare these instances anew, so reading them begins first. Must not throw. */
  prefetchNow(target: PrefetchTarget): void;
  /** These bindings may have changed; ask {@link Source.get} for the present truth. Must not throw. The promise is resolved when it is taken in; nothing: it is already. */
  changed(keys: ReadonlySet<BindingKey>): Promise<void> | void;
  /** A revision was completely read; comes before the `changed` it leads to, which waits for the promise. Must not reject. */
  revision(report: RevisionReport): void | Promise<void>;
  /** The source cannot be read as it should (undefined: it can again). */
  problem(problem: SourceProblem | undefined): void;
}

/**
 * What a source itself remembers of earlier processes. It is asked before the first change of the source is taken, and again
 * of bindings that come and of scopes that are gained.
 */
export interface SourceMemory {
  /** What a binding said when an earlier process read it last. */
  declaredBefore(key: BindingKey): Binding | undefined;
  /** Yields when other work may go on. */
  owners(): Generator<void, ReadonlyMap<InstanceId, BindingKey>>;
  /** The original lists of a binding's instances; asked of all {@link Source.keys}, and then of each binding that comes. */
  originals(of: BindingKey): ReadonlyMap<InstanceId, GroupList>;
  pendingRestores(): Iterable<PendingRestore>;
  /** Whether an instance was in sync with the present declaration when that was last recorded: a difference is then drift. */
  wasInSync(key: BindingKey, id: InstanceId): boolean;
  /**
   * Whether an earlier process has looked after the binding, or after what this source declared then: what differs from the
   * present declaration was declared since.
   */
  wasKnown(key: BindingKey): boolean;
  /** What was changed in a scope without an approval since then. @param scope `account@region`. */
  changes(scope: string, sinceMs: number): Iterable<RememberedChange>;
  /** Whether somebody has given an instance this list since it was last recorded what it had. */
  wasChanged(key: BindingKey, id: InstanceId, list: GroupList): boolean;
  /** The instances that a binding had; undefined when that is not known. */
  members(key: BindingKey): RememberedMembers | undefined;
}

// biome-ignore lint/correctness/useYield: it has nothing to do.
function* noOwners(): Generator<void, ReadonlyMap<InstanceId, BindingKey>> {
  return new Map();
}

/** Of a source that remembers nothing. */
export const NO_MEMORY: SourceMemory = {
  declaredBefore: () => undefined,
  owners: noOwners,
  originals: () => new Map(),
  pendingRestores: () => [],
  wasInSync: () => false,
  wasKnown: () => false,
  changes: () => [],
  wasChanged: () => false,
  members: () => undefined,
};

/** Of a source whose bindings are never being deleted: they are there or not. */
export const NO_DELETIONS: ReadonlyMap<BindingKey, Deletion> = new Map();

/**
 * Tells which bindings changed, never what happened to them. Absence from {@link keys} counts as removal only while
 * {@link synced} is true.
 */
export interface Source {
  readonly name: string;
  /** True once the whole truth was read at least once. */
  readonly synced: boolean;
  /** Why there is no newer truth at present, where the source can tell. */
  readonly problem: SourceProblem | undefined;
  readonly memory: SourceMemory;
  get(key: BindingKey): Binding | undefined;
  keys(): Iterable<BindingKey>;
  /** Whether a binding that is gone is still declared, and only not by what this source follows: nothing is put back then. */
  isUnselected(key: BindingKey): boolean;
  /** Bindings that are being deleted. `changed` is told when one of them says something else, and when it is gone. */
  deleting(): ReadonlyMap<BindingKey, Deletion>;
  /**
   * Approved plans that stand beside the bindings; another array when they are others. `changed` is told then, perhaps of no
   * binding.
   */
  approvals(): readonly Approval[];
  /**
   * The number of the revision that brought what is asked of an instance in the name of a binding, also of one that is
   * gone, or of a binding as a whole; undefined when this source did not, or has no revisions.
   */
  broughtIn(binding: Binding, id?: InstanceId): number | undefined;
  /** Watches until the signal aborts, then resolves. Rejects only when the source can never work. */
  run(listener: SourceListener, signal: AbortSignal): Promise<void>;
}
