/** The scope controllers of one controller, each made when it is first needed. */
import type { InstanceId } from '../../api/ids.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { STALE_READ_MS } from '../../core/stale-read.ts';
import type { CloudProvider } from '../../ports/cloud.ts';
import type { OpenIntent } from '../../ports/journal.ts';
import type { DeclareOptions } from './declarations.ts';
import type { KnownInstances } from './instance-records.ts';
import type { ListingKey } from './listing.ts';
import { Postponed } from './postponed.ts';
import { ScopeController } from './scope-controller.ts';
import type { ScopeListings } from './scope-listings.ts';
import type { ScopePorts } from './scope-ports.ts';
import type { ServedScopes } from './served-scopes.ts';

export interface ScopesOptions extends ScopePorts {
  readonly cloud: CloudProvider;
  /** Is given the records of each scope. */
  readonly known: KnownInstances;
  readonly served: Pick<ServedScopes, 'isServed'>;
}

export class Scopes implements Iterable<ScopeController> {
  readonly #options: ScopesOptions;
  readonly #byKey = new Map<string, ScopeController>();
  readonly #postponed = new Postponed();
  #running = false;

  constructor(options: ScopesOptions) {
    this.#options = options;
    options.persistedOriginals?.onPersisted((ids) => this.reconsider(ids));
  }

  [Symbol.iterator](): Iterator<ScopeController> {
    return this.#byKey.values();
  }

  get(key: string): ScopeController | undefined {
    return this.#byKey.get(key);
  }

  /** The controller of a scope if that is served. */
  ofServed(scope: Scope): ScopeController | undefined {
    return this.#options.served.isServed(scopeKey(scope)) ? this.of(scope) : undefined;
  }

  /** These instances have to converge to what is declared, once their scope is served. */
  declare(scope: Scope, ids: readonly InstanceId[], options: DeclareOptions): void {
    const served = this.ofServed(scope);
    if (served === undefined) this.#postponed.declare(scope, ids, options);
    else served.declarations.declare(ids, options);
  }

  /** These instances are not the scope's any more. */
  release(scope: Scope, ids: readonly InstanceId[]): void {
    this.#postponed.release(scope, ids);
    this.get(scopeKey(scope))?.release(ids);
  }

  /** Keeps exactly these filters listed, once the scope is served. */
  keepListed(scope: Scope, filters: Parameters<ScopeListings['keep']>[0]): void {
    const served = this.ofServed(scope);
    if (served === undefined) this.#postponed.keep(scope, filters);
    else served.listings.keep(filters);
  }

  /** Lists once more, as soon as possible. */
  refreshListing(scope: Scope, listing: ListingKey): void {
    this.ofServed(scope)?.listings.refresh(listing);
  }

  /** Those of these scopes that are served do what had to wait for that. */
  handOver(scopes: Iterable<string>): void {
    for (const key of scopes)
      if (this.#options.served.isServed(key)) this.#postponed.hand(key, (scope) => this.of(scope));
  }

  /** The controller of a scope; it does nothing before the scope is served, and this replica leads it. */
  of(scope: Scope): ScopeController {
    const key = scopeKey(scope);
    const present = this.#byKey.get(key);
    if (present !== undefined) return present;
    const { cloud, known, served: _, ...ports } = this.#options;
    const made = new ScopeController(cloud.client(scope), ports);
    this.#byKey.set(key, made);
    known.add(key, made.records);
    if (this.#running) made.start();
    return made;
  }

  /** Ends the controller of a scope that nothing needs. Returns false, and leaves it, while something of it is under way. */
  end(key: string): boolean {
    const scope = this.#byKey.get(key);
    if (scope?.isBusy) return false;
    this.#byKey.delete(key);
    this.#options.known.remove(key);
    this.#options.sizes.leave(key);
    void scope?.stop();
    return true;
  }

  keys(): Iterable<string> {
    return this.#byKey.keys();
  }

  /** Writes of an earlier process whose end is not known are read back first; sweeps start. */
  start(): void {
    this.#running = true;
    const byScope = new Map<ScopeController, OpenIntent[]>();
    const { journal, clock } = this.#options;
    for (const intent of journal.open(clock.wall() - STALE_READ_MS)) {
      this.#options.leadership.join(scopeKey(intent.scope));
      const scope = this.of(intent.scope);
      const intents = byScope.get(scope);
      if (intents === undefined) byScope.set(scope, [intent]);
      else intents.push(intent);
    }
    for (const [scope, intents] of byScope) scope.recover(intents);
  }

  /** Looks again whether these may be written; undefined: all instances. */
  reconsider(instanceIds?: readonly InstanceId[]): void {
    for (const scope of this.#byKey.values()) scope.reconsider(instanceIds);
  }

  /** Takes no new work and resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all([...this.#byKey.values()].map((scope) => scope.stop()));
  }

  /** Gives up the calls in flight. */
  abort(): void {
    for (const scope of this.#byKey.values()) scope.abort();
  }
}
