/** How many instances each tenant has in each scope, and how many each set of changes would change there. */
import type { InstanceId } from '../../api/ids.ts';
import type { SetSize } from '../../core/budget.ts';

export class FleetSizes {
  /** By scope, for whom each instance counts. */
  readonly #counted = new Map<string, Map<InstanceId, string>>();
  /** By scope, then by tenant. */
  readonly #instances = new Map<string, Map<string, number>>();
  /** By set, then by scope. */
  readonly #sets = new Map<string, Map<string, SetSize>>();

  /** Counts the instance for a tenant of a scope, or for nobody when it was not read or would not be written. */
  count(scope: string, id: InstanceId, tenant: string | undefined): void {
    const counted = this.#counted.get(scope) ?? new Map<InstanceId, string>();
    this.#counted.set(scope, counted);
    const before = counted.get(id);
    if (before === tenant) return;
    if (before !== undefined) this.#add(scope, before, -1);
    if (tenant === undefined) counted.delete(id);
    else {
      counted.set(id, tenant);
      this.#add(scope, tenant, 1);
    }
  }

  /** How many instances each tenant has in a scope. */
  inScope(scope: string): ReadonlyMap<string, number> {
    return this.#instances.get(scope) ?? new Map();
  }

  /** How many instances a tenant has in all scopes. */
  inAll(tenant: string): number {
    let sum = 0;
    for (const counts of this.#instances.values()) sum += counts.get(tenant) ?? 0;
    return sum;
  }

  /** Tells what sets would change in a scope, in place of what was told before. */
  report(scope: string, present: ReadonlyMap<string, SetSize>): void {
    for (const [name, byScope] of this.#sets) {
      if (!present.has(name)) byScope.delete(scope);
      if (byScope.size === 0) this.#sets.delete(name);
    }
    for (const [name, size] of present) {
      const byScope = this.#sets.get(name) ?? new Map<string, SetSize>();
      this.#sets.set(name, byScope.set(scope, size));
    }
  }

  /** What a set would change in the other scopes. */
  elsewhere(scope: string, name: string): SetSize {
    let [known, unread] = [0, 0];
    for (const [other, size] of this.#sets.get(name) ?? []) {
      if (other === scope) continue;
      known += size.known;
      unread += size.unread;
    }
    return { known, unread };
  }

  /** The scope has ended. */
  leave(scope: string): void {
    this.#counted.delete(scope);
    this.#instances.delete(scope);
    this.report(scope, new Map());
  }

  #add(scope: string, tenant: string, change: number): void {
    const counts = this.#instances.get(scope) ?? new Map<string, number>();
    this.#instances.set(scope, counts);
    const count = (counts.get(tenant) ?? 0) + change;
    if (count === 0) counts.delete(tenant);
    else counts.set(tenant, count);
  }
}
