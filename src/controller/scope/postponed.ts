/** What scopes that are not served yet will have to do: whoever invents thousands of them makes a note of each, and no more. */
import type { InstanceId } from '../../api/ids.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import type { DeclareOptions } from './declarations.ts';
import type { ScopeController } from './scope-controller.ts';
import type { ScopeListings } from './scope-listings.ts';

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
