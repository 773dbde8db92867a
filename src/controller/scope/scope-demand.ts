/** Which scopes bindings name, and which of a namespace's have room beside each other. */
import type { BindingKey } from '../../api/ids.ts';

/** What a binding names. */
export interface WantedScope {
  readonly namespace: string;
  readonly scope: string;
}

export class ScopeDemand {
  readonly #perNamespace: number;
  readonly #isServed: (scope: string) => boolean;
  readonly #wanted = new Map<BindingKey, WantedScope>();
  /** The scopes of each namespace in the order in which they came, and by how many bindings. */
  readonly #byNamespace = new Map<string, Map<string, number>>();

  /** @param perNamespace most scopes of one namespace. @param isServed whether a scope is served: then it has its room. */
  constructor(perNamespace: number, isServed: (scope: string) => boolean) {
    this.#perNamespace = perNamespace;
    this.#isServed = isServed;
  }

  /** What a binding names from now on; returns what it named before when that is something else. */
  follow(
    key: BindingKey,
    wanted: WantedScope | undefined,
  ): { readonly before: WantedScope | undefined } | 'same' {
    const before = this.#wanted.get(key);
    if (before?.scope === wanted?.scope && before?.namespace === wanted?.namespace) return 'same';
    if (before !== undefined) this.#count(before, -1);
    if (wanted === undefined) this.#wanted.delete(key);
    else {
      this.#wanted.set(key, wanted);
      this.#count(wanted, 1);
    }
    return { before };
  }

  /** Nobody names the scope any more. */
  forget(scope: string): void {
    for (const [key, wanted] of this.#wanted) if (wanted.scope === scope) this.follow(key, undefined);
  }

  /** The namespaces that name a scope. */
  *namespacesOf(scope: string): Generator<string> {
    for (const [namespace, scopes] of this.#byNamespace) if (scopes.has(scope)) yield namespace;
  }

  /** The scopes that a namespace names. */
  scopesOf(namespace: string): Iterable<string> {
    return this.#byNamespace.get(namespace)?.keys() ?? [];
  }

  /** Whether some namespace that names it has room for it, beside its scopes that are served and those that came before. */
  hasRoom(scope: string): boolean {
    for (const namespace of this.namespacesOf(scope)) {
      const others = [...this.scopesOf(namespace)];
      const served = others.filter((other) => this.#isServed(other)).length;
      const before = others.slice(0, others.indexOf(scope)).filter((other) => !this.#isServed(other)).length;
      if (served + before < this.#perNamespace) return true;
    }
    return false;
  }

  #count({ namespace, scope }: WantedScope, by: 1 | -1): void {
    const scopes = this.#byNamespace.get(namespace) ?? new Map<string, number>();
    const count = (scopes.get(scope) ?? 0) + by;
    if (count > 0) scopes.set(scope, count);
    else scopes.delete(scope);
    if (scopes.size === 0) this.#byNamespace.delete(namespace);
    else this.#byNamespace.set(namespace, scopes);
  }
}
