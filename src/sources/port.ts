/** A source of bindings as the controller sees it. */
import type { Approval } from '../api/approval.ts';
import type { Finding } from '../api/finding.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding, GroupList, Scope } from '../core/model.ts';
import type { Permission } from '../core/permission.ts';
import type { Pledge } from '../core/restoration.ts';

/** A completely read revision. */
export interface RevisionReport {
  /** A commit hash, `commit+digest` for the files of a checkout, or `sha256:…` of the content. */
  readonly revision: string;
  readonly files: number;
  readonly documents: number;
  readonly bindings: number;
  /** Documents of other kinds that were passed over. */
  readonly skipped: number;
  readonly findings: readonly Finding[];
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
export interface Foresight {
  readonly scope: Scope;
  readonly instanceIds: readonly InstanceId[];
}

/** What was seen of a binding before the whole truth was. */
export interface Sighting extends Foresight {
  readonly sgIds: GroupList;
  /** Whether all of them were in sync with this very declaration when the source itself last recorded it. */
  readonly settled: boolean;
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
export interface Departure {
  /** What it says now: what it permits counts. */
  readonly binding: Binding;
  /** When somebody asked for the deletion, by the calendar. */
  readonly deletedMs: number;
}

export interface SourceListener {
  /** Before the first `changed`: these instances will most likely be declared, so reading them may begin. Must not throw. */
  sighted?(sighting: Sighting): void;
  /** After it: the next `changed` will most likely declare these instances anew, so reading them begins first. Must not throw. */
  foreseen?(foresight: Foresight): void;
  /** These bindings may have changed; ask {@link Source.get} for the present truth. Must not throw. */
  changed(keys: ReadonlySet<BindingKey>): void;
  /** A revision was completely read; comes before the `changed` it leads to. */
  revision(report: RevisionReport): void;
  /** The source cannot be read as it should (undefined: it can again). */
  problem(problem: SourceProblem | undefined): void;
}

/**
 * Tells which bindings changed, never what happened to them. Absence from {@link keys} counts as removal only while
 * {@link synced} is true.
 */
export interface Source {
  readonly name: string;
  /** True once the whole truth was read at least once. */
  readonly synced: boolean;
  /** Why there is no newer truth at present, where the source can tell. */
  readonly problem?: SourceProblem | undefined;
  get(key: BindingKey): Binding | undefined;
  /** What a binding said when an earlier process read it last; asked before the source runs. */
  declaredBefore?(key: BindingKey): Binding | undefined;
  /** Owners of instances that the source itself remembers; asked before its first change is taken. */
  owners?(): ReadonlyMap<InstanceId, BindingKey>;
  /**
   * Original lists of instances that the source itself remembers; asked together with the owners, and then of each binding
   * that comes (with its key).
   */
  originals?(of?: BindingKey): ReadonlyMap<InstanceId, GroupList>;
  /** Whether a binding that is gone is still declared, and only not by what this source follows: nothing is put back then. */
  hasLeft?(key: BindingKey): boolean;
  /** What the source itself remembers that bindings owe; asked together with the owners, and when a scope was gained. */
  pledges?(): Iterable<Pledge>;
  /** Whether an instance was in sync with the present declaration when the source itself last recorded it: a difference is then drift. */
  wasInSync?(key: BindingKey, id: InstanceId): boolean;
  /** What was changed in a scope without an approval since then, where the source itself remembers it. @param scope `account@region`. */
  changes?(scope: string, sinceMs: number): Iterable<RememberedChange>;
  /** Whether somebody has given an instance this list since the source itself last recorded what it had. */
  wasChanged?(key: BindingKey, id: InstanceId, list: GroupList): boolean;
  /** The instances that a binding had when the source itself last remembered them; undefined when it does not know. */
  members?(key: BindingKey): RememberedMembers | undefined;
  /** Bindings that are being deleted. `changed` is told when one of them says something else, and when it is gone. */
  departing?(): ReadonlyMap<BindingKey, Departure>;
  /** Approved plans that stand beside the bindings. `changed` is told, perhaps of no binding, when they change. */
  approvals?(): Iterable<Approval>;
  /**
   * The number of the revision that brought what is asked of an instance in the name of a binding, also of one that is
   * gone, or of a binding as a whole; undefined when this source did not, or has no revisions.
   */
  broughtIn?(binding: Binding, id?: InstanceId): number | undefined;
  keys(): Iterable<BindingKey>;
  /** Watches until the signal aborts, then resolves. Rejects only when the source can never work. */
  run(listener: SourceListener, signal: AbortSignal): Promise<void>;
}
