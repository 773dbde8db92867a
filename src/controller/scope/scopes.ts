/** The scope controllers of one controller, each made when it is first needed. */
import type { InstanceId } from '../../api/ids.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { STALE_READ_MS } from '../../core/stale-read.ts';
import type { CloudProvider } from '../../ports/cloud.ts';
import type { OpenIntent } from '../../ports/journal.ts';
import type { DeclareOptions } from './declarations.ts';
import type { KnownInstances } from './instance-records.ts';
import type { ListingKey } from './listing.ts';
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

// What scopes that are not served yet will have to do: whoever invents thousands of them makes a note of each, and no more.

type Filters = Parameters<ScopeListings['keep']>[0];

interface Note {
  readonly scope: Scope;
  /** How each instance was declared last. */
  readonly declared: Map<InstanceId, DeclareOptions>;
  filters: Filters | undefined;
}

export class Postponed {
  readonly #notes = new Map<string, Note>();

  declare(scope: Scope, ids: readonly InstanceId[], options: DeclareOptions): void {
    const { declared } = this.#note(scope);
    for (const id of ids) declared.set(id, options);
  }

  release(scope: Scope, ids: readonly InstanceId[]): void {
    const note = this.#note(scope);
    for (const id of ids) note.declared.delete(id);
    this.#tidy(note);
  }

  keep(scope: Scope, filters: Filters): void {
    const note = this.#note(scope);
    note.filters = filters.size === 0 ? undefined : filters;
    this.#tidy(note);
  }

  /** The scope is served from now on, and does what it has to. */
  hand(key: string, of: (scope: Scope) => ScopeController): void {
    const note = this.#notes.get(key);
    if (note === undefined) return;
    this.#notes.delete(key);
    const controller = of(note.scope);
    if (note.filters !== undefined) controller.listings.keep(note.filters);
    for (const firstSeen of [true, false]) {
      const some = [...note.declared].filter(([, options]) => options.firstSeen === firstSeen);
      if (some.length === 0) continue;
      // They may have been declared in parts, each with those of its own.
      const inSync = some.filter(([id, { wasInSync }]) => wasInSync?.has(id));
      const wasInSync = new Set(inSync.map(([id]) => id));
      controller.declarations.declare(
        some.map(([id]) => id),
        { firstSeen, wasInSync },
      );
    }
  }

  #note(scope: Scope): Note {
    const key = scopeKey(scope);
    const note = this.#notes.get(key) ?? { scope, declared: new Map(), filters: undefined };
    this.#notes.set(key, note);
    return note;
  }

  #tidy({ scope, declared, filters }: Note): void {
    if (declared.size === 0 && filters === undefined) this.#notes.delete(scopeKey(scope));
  }
}
