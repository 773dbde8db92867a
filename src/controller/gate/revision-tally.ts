/** Counts what each revision would change in all scopes together: one revision is one step of somebody, wherever it leads. */
import type { WaveCount } from '../../core/blast-radius.ts';

const NOTHING: WaveCount = { known: 0, unread: 0 };

export class RevisionTally {
  /** By revision, then by scope. */
  readonly #counts = new Map<string, Map<string, WaveCount>>();
  readonly #listeners = new Map<string, () => void>();

  /** @param changed called when another scope has told something else of a revision that this one has told of. */
  join(scope: string, changed: () => void): void {
    this.#listeners.set(scope, changed);
  }

  /** The scope has ended: it counts nothing more, and is told nothing more. */
  leave(scope: string): void {
    this.#listeners.delete(scope);
    this.report(scope, new Map());
  }

  /** Tells everything that a scope has at present. */
  report(scope: string, present: ReadonlyMap<string, WaveCount>): void {
    const touched = new Set<string>();
    for (const [name, byScope] of this.#counts) {
      if (!present.has(name) && byScope.delete(scope)) touched.add(name);
      if (byScope.size === 0) this.#counts.delete(name);
    }
    for (const [name, count] of present) {
      const byScope = this.#counts.get(name) ?? new Map<string, WaveCount>();
      this.#counts.set(name, byScope);
      const before = byScope.get(scope);
      if (before?.known === count.known && before.unread === count.unread) continue;
      byScope.set(scope, count);
      touched.add(name);
    }
    const others = new Set([...touched].flatMap((name) => [...(this.#counts.get(name)?.keys() ?? [])]));
    for (const other of others) if (other !== scope) this.#listeners.get(other)?.();
  }

  /** What a revision would change in the other scopes. */
  elsewhere(scope: string, name: string): WaveCount {
    let { known, unread } = NOTHING;
    for (const [other, count] of this.#counts.get(name) ?? []) {
      if (other === scope) continue;
      known += count.known;
      unread += count.unread;
    }
    return { known, unread };
  }
}
