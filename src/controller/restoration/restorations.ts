/**
 * Puts back the lists that instances had before their binding first wrote them, when the binding lets them go and its
 * policy says so. It decides what is owed and until when; the lanes of the scope do the work on a claim of its own.
 *
 *   owed (still owned) -> waiting (let go; all sources known?) -> running (claimed by the restoration) -> ended
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Claim } from '../../core/claim.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { type Binding, type Scope, scopeKey } from '../../core/model.ts';
import { type Pledge, type RestorationEnd, restoringClaim } from '../../core/restoration.ts';
import type { Clock } from '../../runtime/clock.ts';
import { Deadlines } from '../../runtime/deadlines.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import type { Inventory } from '../../sinks/port.ts';
import type { Source } from '../../sources/port.ts';
import type { Departures } from '../departures.ts';
import type { OwnerLedger } from '../owner-ledger.ts';
import { logEnd } from './log-end.ts';
import { OpenRestorations, type Restoration } from './open-restorations.ts';
import { PledgeBook } from './pledge-book.ts';
import { restoreUntilMs } from './restore-limit.ts';

export interface RestorationsOptions {
  readonly claims: ClaimIndex;
  readonly departures: Pick<Departures, 'get'>;
  readonly inventory: Inventory;
  readonly owners: Pick<OwnerLedger, 'letGo' | 'save'>;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether anything is put back at all; without it, what is owed is only remembered. */
  readonly enabled: boolean;
  /** These instances have to be converged to {@link Restorations.claim}. */
  readonly begin: (scope: Scope, instanceIds: readonly InstanceId[]) => void;
  /** What {@link Restorations.claim} says of these has changed, but for their lists. */
  readonly changed: (scope: Scope, instanceIds: readonly InstanceId[]) => void;
  /** Called after each end; nobody claims the instance then, or another binding does. */
  readonly ended: (end: RestorationEnd) => void;
}

export class Restorations {
  readonly #options: RestorationsOptions;
  readonly #book: PledgeBook;
  readonly #open = new OpenRestorations();
  readonly #deadlines: Deadlines<InstanceId>;

  constructor(options: RestorationsOptions) {
    this.#options = options;
    this.#book = new PledgeBook(options);
    this.#deadlines = new Deadlines(options.clock, (ids) => {
      for (const id of ids) this.end(id, { outcome: 'late', message: 'it took longer than ten minutes' });
    });
    if (!options.enabled) return;
    for (const pledge of this.#book.released()) this.#wait(pledge.binding, pledge);
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

  /** What has not ended of one binding, by instance id; undefined when there is nothing. */
  of(key: BindingKey): readonly Pick<Restoration, 'instanceId' | 'original'>[] | undefined {
    const present = this.#options.claims.bindings.get(key);
    const own = this.#open.of(key)?.filter((one) => present === undefined || this.#isSame(present, one));
    return own?.length === 0 ? undefined : own?.map(({ instanceId, original }) => ({ instanceId, original }));
  }

  /** Learns what a source itself remembers; returns the bindings that owe something. */
  adopt(source: Source): ReadonlySet<BindingKey> {
    this.#book.keepOriginals(source.originals?.() ?? []);
    const told = new Set<BindingKey>();
    for (const pledge of source.pledges?.() ?? []) {
      told.add(pledge.binding.key);
      this.#options.leadership.join(scopeKey(pledge.binding.scope));
      if (this.#open.get(pledge.instanceId) === undefined) this.#book.adopt(pledge);
    }
    return told;
  }

  /** Learns the original lists that a source remembers of bindings that have just come. */
  keepOriginals(source: Source, entered: Iterable<BindingKey>): void {
    this.#book.keepOriginals([...entered].flatMap((key) => [...(source.originals?.(key) ?? [])]));
  }

  /**
   * The claims have changed.
   * @param told the bindings that a source has told of. @param touched instances whose claim may have changed.
   * @param left bindings that are declared all the same, and not followed here any more: nothing of them is put back.
   */
  update(
    told: ReadonlySet<BindingKey>,
    touched: Iterable<InstanceId>,
    left: ReadonlySet<BindingKey> = new Set(),
  ): void {
    const { claims } = this.#options;
    this.#abandon(left);
    for (const id of new Set([...touched, ...this.#book.remembered(told)])) {
      const holder = claims.holder(id);
      if (holder !== undefined) {
        this.#takeOver(id, holder);
        this.#book.own(id, holder);
        continue;
      }
      // Whoever still names it has not let it go, though it may not hold it at present.
      const owner = this.#book.ownerOf(id);
      if (claims.naming(id).some((binding) => owner !== undefined && claims.tenancy.isSame(binding, owner)))
        continue;
      const pledge = this.#book.take(id);
      if (pledge !== undefined && left.has(pledge.binding.key)) this.#book.letGo(pledge);
      else if (pledge !== undefined) this.#release(pledge);
    }
    for (const key of told) this.#follow(key);
    this.#book.save();
  }

  /** Starts what waits. Call it when every source has told everything, and when a scope was gained. */
  resume(): void {
    const { leadership, claims, departures, clock, begin, enabled } = this.#options;
    if (!enabled) return;
    const byScope = new Map<string, { scope: Scope; ids: InstanceId[] }>();
    for (const waiting of this.#open) {
      const { instanceId: id } = waiting;
      if (waiting.claim !== undefined) continue;
      const holder = claims.holder(id);
      if (holder !== undefined) {
        this.#takeOver(id, holder);
        this.#book.own(id, holder);
        continue;
      }
      const { binding } = waiting;
      const key = scopeKey(binding.scope);
      leadership.join(key);
      if (!leadership.mayAct(key)) continue;
      this.#open.put({ ...waiting, claim: this.#claimOf(waiting) });
      this.#deadlines.set(id, restoreUntilMs(clock, departures.get(binding.key)?.deletedMs));
      const group = byScope.get(key) ?? { scope: binding.scope, ids: [] };
      byScope.set(key, group);
      group.ids.push(id);
    }
    this.#book.save();
    for (const { scope, ids } of byScope.values()) begin(scope, ids);
  }

  #claimOf({ instanceId, binding, original }: Restoration): Claim {
    const departs = this.#options.departures.get(binding.key) !== undefined;
    return restoringClaim(instanceId, { binding, original, departs });
  }

  /** Ends a restoration for good. */
  end(id: InstanceId, how: Pick<RestorationEnd, 'outcome' | 'message'>): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#remove(open);
    this.#book.letGo(open);
    this.#book.save();
    this.#tell({ instanceId: id, binding: open.binding, original: open.original, ...how });
  }

  #abandon(left: Iterable<BindingKey>): void {
    const how = { outcome: 'refused', message: 'its object is not followed here any more' } as const;
    for (const key of left) for (const { instanceId } of this.of(key) ?? []) this.end(instanceId, how);
  }

  close(): void {
    this.#deadlines.close();
  }

  /** The newest word of a binding counts: what it permits, and whether it is suspended. */
  #follow(key: BindingKey): void {
    const open = this.#open.of(key);
    if (open === undefined) return;
    const byScope = new Map<Scope, InstanceId[]>();
    for (const one of open) {
      const newest = this.#newest(one);
      if (newest === undefined) continue;
      const { instanceId, claim } = one;
      const binding = { ...newest, scope: one.binding.scope };
      this.#open.put({
        ...one,
        binding,
        ...(claim === undefined ? {} : { claim: this.#claimOf({ ...one, binding }) }),
      });
      if (claim !== undefined)
        byScope.set(binding.scope, [...(byScope.get(binding.scope) ?? []), instanceId]);
    }
    for (const [scope, ids] of byScope) this.#options.changed(scope, ids);
  }

  /** What a binding says now, also while it is being deleted; undefined for one that is gone. */
  #newest(of: Pick<Pledge, 'binding'>): Binding | undefined {
    const { claims, departures } = this.#options;
    const { key } = of.binding;
    const newest = claims.bindings.get(key) ?? departures.get(key)?.binding;
    return newest !== undefined && this.#isSame(newest, of) ? newest : undefined;
  }

  #isSame(present: Binding, { binding }: Pick<Pledge, 'binding'>): boolean {
    return this.#options.claims.tenancy.isSame(present, binding);
  }

  /** The owner of an instance has let it go. */
  #release(pledge: Pledge): void {
    const { clock, enabled } = this.#options;
    const { instanceId, binding: owner } = pledge;
    const newest = this.#newest(pledge) ?? owner;
    const original = this.#book.original(pledge);
    // Never written: there is nothing to put back.
    if (newest.deletionPolicy !== 'Restore' || original === undefined) return this.#book.letGo(pledge);
    // The newest word counts; the account is the one that held the instance.
    const binding = { ...newest, scope: owner.scope };
    if (original.length === 0) {
      this.#book.letGo(pledge);
      const message = 'it had no security group before, and an instance is never left without one';
      return this.#tell({ instanceId, binding, original, outcome: 'refused', message });
    }
    if (enabled && this.#isOurs(binding)) {
      this.#book.release({ instanceId, binding, original, releasedMs: clock.wall() });
      this.#wait(binding, { instanceId, original });
    } else this.#book.letGo(pledge);
  }

  /** Objects of a cluster are restored by the replica that leads their scope; their status tells the next leader what is left. */
  #isOurs({ origin, scope }: Binding): boolean {
    return origin.kind === 'directory' || this.#options.leadership.mayAct(scopeKey(scope));
  }

  #wait(binding: Binding, { instanceId, original }: Pick<Pledge, 'instanceId' | 'original'>): void {
    if (original !== undefined) this.#open.put({ instanceId, binding, original });
  }

  #takeOver(id: InstanceId, winner: Binding): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#remove(open);
    this.#book.forget(id);
    // What was there before stays what the new owner has to put back.
    this.#book.keepOriginals([[id, open.original]]);
    const { binding, original } = open;
    const message = `${winner.key} claims it now`;
    this.#tell({ instanceId: id, binding, original, outcome: 'taken-over', message });
  }

  #tell(end: RestorationEnd): void {
    logEnd(this.#options.log, end);
    this.#options.ended(end);
  }

  #remove(open: Restoration): void {
    this.#open.remove(open);
    this.#deadlines.clear(open.instanceId);
  }
}
