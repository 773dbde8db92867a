/**
 * Whose scope is asked next. Everybody has a turn before anybody has another one. Who comes back, or comes for the first
 * time, stands with those who have had the fewest turns, and can neither overtake them by that nor keep them waiting.
 */

interface Queued {
  readonly turn: string;
  next: number;
  readonly scopes: Iterator<string>;
}

/** The turn of one that has nothing left. */
const NEVER = Number.POSITIVE_INFINITY;

export class ScopeTurns {
  /** The turn that each one has next. */
  readonly #next = new Map<string, number>();
  /** The turn that was had last. */
  #now = 0;

  /** Takes so many of the scopes that wait, each once. @param queues the scopes of each one; all others are forgotten. */
  take(queues: ReadonlyMap<string, readonly string[]>, most: number): string[] {
    for (const turn of this.#next.keys()) if (!queues.has(turn)) this.#next.delete(turn);
    // The turn that was had last does not pass one that waits, so all who have not been asked yet stand there.
    const queued: Queued[] = [];
    for (const [turn, scopes] of queues)
      queued.push({ turn, next: this.#next.get(turn) ?? this.#now, scopes: scopes.values() });
    const taken = new Set<string>();
    while (taken.size < most) {
      const first = firstOf(queued);
      if (first === undefined) break;
      const scope = nextOf(first.scopes, taken);
      if (scope === undefined) {
        first.next = NEVER;
        continue;
      }
      taken.add(scope);
      this.#now = first.next;
      first.next++;
      this.#next.set(first.turn, first.next);
    }
    return [...taken];
  }

  /** How many are remembered. */
  get size(): number {
    return this.#next.size;
  }
}

/** The one that has had the fewest turns. */
function firstOf(queued: readonly Queued[]): Queued | undefined {
  let first: Queued | undefined;
  let least = NEVER;
  for (const one of queued) {
    if (one.next >= least) continue;
    first = one;
    least = one.next;
  }
  return first;
}

/** The next that is not taken. */
function nextOf(scopes: Iterator<string>, taken: ReadonlySet<string>): string | undefined {
  for (;;) {
    const { value, done = false } = scopes.next();
    if (done) return undefined;
    if (!taken.has(value)) return value;
  }
}
