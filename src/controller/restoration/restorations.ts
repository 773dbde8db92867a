/**
 * Puts back the lists that instances had before their binding first wrote them, when the binding lets them go and its
 * policy says so. It decides which restores are pending and until when; the dispatchers of the scope do the work on a claim of its own.
 *
 *   pending (still owned) -> waiting (let go; all sources known?) -> running (claimed by the restoration) -> ended
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Claim } from '../../core/claim.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { type Binding, type Scope, scopeKey } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import {
  NOT_WANTED,
  type PendingRestore,
  type RestorationEnd,
  restoringClaim,
} from '../../core/restoration.ts';
import type { Source } from '../../ports/source.ts';
import type { Inventory } from '../../ports/store.ts';
import { type Clock, sinceWall } from '../../runtime/clock.ts';
import { Deadlines } from '../../runtime/deadlines.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import { eachPortion } from '../../runtime/portions.ts';
import type { Deletions } from './deletions.ts';
import type { OwnerLedger } from './owner-ledger.ts';
import { OpenRestorations, PendingRestores, type Restoration } from './pending-restores.ts';

export interface RestorationsOptions {
  readonly claims: ClaimIndex;
  readonly deletions: Pick<Deletions, 'get'>;
  readonly inventory: Inventory;
  readonly owners: Pick<OwnerLedger, 'disown' | 'save'>;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether anything is put back at all; without it, pending restores are only remembered. */
  readonly enabled: boolean;
}

/** Bindings, and instances, that are looked at before other work may go on. */
const BINDINGS_AT_ONCE = 300;
const INSTANCES_AT_ONCE = 250;
const NO_OTHER_LIST =
  'it keeps the declared list, because no other list from before is known: it had this one when it was first seen';

export class Restorations {
  /** These instances have to be converged to {@link claim}. */
  onBegin: (scope: Scope, instanceIds: readonly InstanceId[]) => void = () => {};
  /** {@link claim} answers something else for these, but the same list. */
  onChange: (scope: Scope, instanceIds: readonly InstanceId[]) => void = () => {};
  /** A restoration has ended. By now nobody claims the instance, or another binding does. */
  onEnd: (end: RestorationEnd) => void = () => {};
  readonly #options: RestorationsOptions;
  readonly #pending: PendingRestores;
  readonly #open = new OpenRestorations();
  readonly #deadlines: Deadlines<InstanceId>;

  constructor(options: RestorationsOptions) {
    this.#options = options;
    this.#pending = new PendingRestores(options);
    this.#deadlines = new Deadlines(options.clock, (ids) => {
      for (const id of ids) this.end(id, { outcome: 'late', message: 'it took longer than ten minutes' });
    });
    if (!options.enabled) return;
    for (const pendingRestore of this.#pending.released()) this.#wait(pendingRestore.binding, pendingRestore);
  }

  /** How many have not ended. */
  get size(): number {
    return this.#open.size;
  }

  /** The scopes of what has not ended. */
  *scopes(): Generator<string> {
    for (const { binding } of this.#open) yield scopeKey(binding.scope);
  }

  /** The claim of a running restoration. */
  claim(id: InstanceId): Claim | undefined {
    return this.#open.get(id)?.claim;
  }

  /** The restorations of one binding that have not ended, by instance id; undefined when there is none. */
  of(key: BindingKey): readonly Pick<Restoration, 'instanceId' | 'original'>[] | undefined {
    const present = this.#options.claims.bindings.get(key);
    const own = this.#open.of(key)?.filter((one) => present === undefined || this.#isSame(present, one));
    return own?.length === 0 ? undefined : own?.map(({ instanceId, original }) => ({ instanceId, original }));
  }

  /** Learns what a source remembers; returns the bindings that have pending restores. Yields when other work may go on. */
  *adopt(source: Source): Generator<void, ReadonlySet<BindingKey>> {
    const reported = new Set<BindingKey>();
    yield* eachPortion([...source.keys()], BINDINGS_AT_ONCE, (keys) => this.keepOriginals(source, keys));
    yield* eachPortion(source.memory.pendingRestores(), INSTANCES_AT_ONCE, (pendingRestores) => {
      for (const pendingRestore of pendingRestores) {
        reported.add(pendingRestore.binding.key);
        this.#options.leadership.join(scopeKey(pendingRestore.binding.scope));
        if (this.#open.get(pendingRestore.instanceId) === undefined) this.#pending.adopt(pendingRestore);
      }
    });
    return reported;
  }

  /** Learns the original lists that a source remembers of bindings that have just come. */
  keepOriginals(source: Source, entered: Iterable<BindingKey>): void {
    this.#pending.keepOriginals([...entered].flatMap((key) => [...source.memory.originals(key)]));
  }

  /**
   * A source has reported of bindings. Yields when other work may go on.
   * @param unselected those that are declared all the same, and not followed here any more: nothing of them is put back.
   */
  *tell(
    reported: ReadonlySet<BindingKey>,
    unselected: ReadonlySet<BindingKey> = new Set(),
  ): Generator<void, void> {
    this.#abandon(unselected);
    yield* eachPortion([...this.#pending.remembered(reported)], INSTANCES_AT_ONCE, (ids) =>
      this.update(ids, unselected),
    );
    yield* eachPortion(
      reported,
      INSTANCES_AT_ONCE,
      (keys) => {
        for (const key of keys) this.#follow(key);
      },
      (key) => 1 + (this.#open.of(key)?.length ?? 0),
    );
    this.#pending.save();
  }

  /** The claims on these instances may have changed. @param unselected see {@link tell}. */
  update(changed: Iterable<InstanceId>, unselected: ReadonlySet<BindingKey> = new Set()): void {
    const { claims } = this.#options;
    this.#abandon(unselected);
    for (const id of changed) {
      const holder = claims.holder(id);
      if (holder !== undefined) {
        this.#takeOver(id, holder);
        this.#pending.own(id, holder);
        continue;
      }
      // Whoever still names it has not let it go, though it may not hold it at present.
      const owner = this.#pending.ownerOf(id);
      if (claims.naming(id).some((binding) => owner !== undefined && claims.tenancy.isSame(binding, owner)))
        continue;
      const pendingRestore = this.#pending.take(id);
      if (pendingRestore !== undefined && unselected.has(pendingRestore.binding.key))
        this.#pending.drop(pendingRestore);
      else if (pendingRestore !== undefined) this.#release(pendingRestore);
    }
    this.#pending.save();
  }

  /** Starts the restorations that wait. Call it when every source was read, and when a scope was gained. Yields when other work may go on. */
  *resume(): Generator<void, void> {
    if (!this.#options.enabled) return;
    const waiting = [...this.#open].filter(({ claim }) => claim === undefined);
    yield* eachPortion(waiting, INSTANCES_AT_ONCE, (some) => this.#start(some));
  }

  #start(some: readonly Restoration[]): void {
    const { leadership, claims, deletions, clock } = this.#options;
    const byScope = new Map<string, { scope: Scope; ids: InstanceId[] }>();
    for (const waiting of some) {
      const { instanceId: id, binding } = waiting;
      // It may have ended since it was looked up, or be another one.
      if (this.#open.get(id) !== waiting) continue;
      const holder = claims.holder(id);
      if (holder !== undefined) {
        this.#takeOver(id, holder);
        this.#pending.own(id, holder);
        continue;
      }
      const key = scopeKey(binding.scope);
      leadership.join(key);
      if (!leadership.mayAct(key)) continue;
      this.#open.put({ ...waiting, claim: this.#claimOf(waiting) });
      this.#deadlines.set(id, restoreUntilMs(clock, deletions.get(binding.key)?.deletedMs));
      const group = byScope.get(key) ?? { scope: binding.scope, ids: [] };
      byScope.set(key, group);
      group.ids.push(id);
    }
    this.#pending.save();
    for (const { scope, ids } of byScope.values()) this.onBegin(scope, ids);
  }

  #claimOf({ instanceId, binding, original }: Restoration): Claim {
    const isDeleting = this.#options.deletions.get(binding.key) !== undefined;
    return restoringClaim(instanceId, { binding, original, isDeleting });
  }

  /** Ends a restoration for good. */
  end(id: InstanceId, how: Pick<RestorationEnd, 'outcome' | 'message'>): void {
    this.#end(id, how);
    this.#pending.save();
  }

  #end(id: InstanceId, how: Pick<RestorationEnd, 'outcome' | 'message'>): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#remove(open);
    this.#pending.drop(open);
    const { binding, original } = open;
    // Whoever was told that a list came back would look for a write.
    const nothingElse = how.outcome === 'restored' && sameSequence(original, binding.sgIds);
    this.#tell({
      instanceId: id,
      binding,
      original,
      ...how,
      ...(nothingElse ? { message: NO_OTHER_LIST } : {}),
    });
  }

  #abandon(unselected: Iterable<BindingKey>): void {
    const how = { outcome: 'refused', message: 'its object is not followed here any more' } as const;
    for (const key of unselected) for (const { instanceId } of this.of(key) ?? []) this.#end(instanceId, how);
    this.#pending.save();
  }

  close(): void {
    this.#deadlines.close();
  }

  /** The newest word of a binding counts: whether it wants the lists back, what it permits, and whether it is suspended. */
  #follow(key: BindingKey): void {
    const open = this.#open.of(key);
    if (open === undefined) return;
    const byScope = new Map<Scope, InstanceId[]>();
    for (const one of open) {
      const newest = this.#newest(one);
      if (newest === undefined) continue;
      const { instanceId, claim } = one;
      // What is under way may be back already: what is read of it tells.
      if (newest.deletionPolicy !== 'Restore' && claim === undefined) {
        this.#end(instanceId, NOT_WANTED);
        continue;
      }
      const binding = { ...newest, scope: one.binding.scope };
      this.#open.put({
        ...one,
        binding,
        ...(claim === undefined ? {} : { claim: this.#claimOf({ ...one, binding }) }),
      });
      if (claim !== undefined)
        byScope.set(binding.scope, [...(byScope.get(binding.scope) ?? []), instanceId]);
    }
    for (const [scope, ids] of byScope) this.onChange(scope, ids);
  }

  /** What a binding says now, also while it is being deleted; undefined for one that is gone. */
  #newest(of: Pick<PendingRestore, 'binding'>): Binding | undefined {
    const { claims, deletions } = this.#options;
    const { key } = of.binding;
    const newest = claims.bindings.get(key) ?? deletions.get(key)?.binding;
    return newest !== undefined && this.#isSame(newest, of) ? newest : undefined;
  }

  #isSame(present: Binding, { binding }: Pick<PendingRestore, 'binding'>): boolean {
    return this.#options.claims.tenancy.isSame(present, binding);
  }

  /** The owner of an instance has let it go. */
  #release(pendingRestore: PendingRestore): void {
    const { clock, enabled } = this.#options;
    const { instanceId, binding: owner } = pendingRestore;
    const newest = this.#newest(pendingRestore) ?? owner;
    const original = this.#pending.original(pendingRestore);
    // Never written: there is nothing to put back.
    if (newest.deletionPolicy !== 'Restore' || original === undefined)
      return this.#pending.drop(pendingRestore);
    // The newest word counts; the account is the one that held the instance.
    const binding = { ...newest, scope: owner.scope };
    if (original.length === 0) {
      this.#pending.drop(pendingRestore);
      const message = 'it had no security group before, and an instance is never left without one';
      return this.#tell({ instanceId, binding, original, outcome: 'refused', message });
    }
    if (enabled && this.#isOurs(binding)) {
      this.#pending.release({ instanceId, binding, original, releasedMs: clock.wall() });
      this.#wait(binding, { instanceId, original });
    } else this.#pending.drop(pendingRestore);
  }

  /** Objects of a cluster are restored by the replica that leads their scope; their status tells the next leader what is left. */
  #isOurs({ origin, scope }: Binding): boolean {
    return origin.kind === 'directory' || this.#options.leadership.mayAct(scopeKey(scope));
  }

  #wait(binding: Binding, { instanceId, original }: Pick<PendingRestore, 'instanceId' | 'original'>): void {
    if (original !== undefined) this.#open.put({ instanceId, binding, original });
  }

  #takeOver(id: InstanceId, owner: Binding): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#remove(open);
    this.#pending.forget(id);
    // What was there before stays what the new owner has to put back.
    this.#pending.keepOriginals([[id, open.original]]);
    const { binding, original } = open;
    const message = `${owner.key} claims it now`;
    this.#tell({ instanceId: id, binding, original, outcome: 'taken-over', message });
  }

  #tell(end: RestorationEnd): void {
    logEnd(this.#options.log, end);
    this.onEnd(end);
  }

  #remove(open: Restoration): void {
    this.#open.remove(open);
    this.#deadlines.clear(open.instanceId);
  }
}

/** Says in the log how a restoration ended. */
function logEnd(log: Log, { instanceId: instance, binding, outcome, message }: RestorationEnd): void {
  const fields = { instance, binding: binding.key, outcome };
  if (outcome === 'restored' || outcome === 'taken-over') log.info(fields, `restoring ended: ${message}`);
  else log.warn(fields, `the list from before is not restored, and the instance is let go: ${message}`);
}

/** A restoration that takes longer is given up; that of a binding that is being deleted is counted from the deletion. */
export const RESTORE_LIMIT_MS = 600_000;
/** One that begins later is tried all the same, for so long. */
const LATE_TRY_MS = 60_000;

/** Until when a restoration that begins now may last. @param deletedMs when its binding was deleted, by the calendar. */
export function restoreUntilMs(clock: Clock, deletedMs: number | undefined): number {
  const nowMs = clock.now();
  const sinceMs = deletedMs === undefined ? nowMs : sinceWall(clock, deletedMs);
  return Math.max(sinceMs + RESTORE_LIMIT_MS, nowMs + LATE_TRY_MS);
}
