/**
 * Functions of what nobody has read, as reduced ordered decision diagrams: equal functions are the same node. Node 0 is
 * false, node 1 true, any other asks whether a variable holds.
 *
 * First match over independent variables stays small in any order of the variables: after some are known, what is left is the
 * list up to the first that holds, without those that are known.
 */

/** A function; equal functions of one set of diagrams are equal numbers. */
export type Diagram = number;

export const FALSE: Diagram = 0;
export const TRUE: Diagram = 1;

/** Keys of two nodes in one number stay exact. */
const MOST_NODES = 2 ** 26;

export class DecisionDiagrams {
  readonly #variable = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  readonly #without: Diagram[] = [FALSE, TRUE];
  readonly #holding: Diagram[] = [FALSE, TRUE];
  readonly #unique = new Map<number, Map<number, Diagram>>();
  readonly #either = new Map<number, Diagram>();
  readonly #unless = new Map<number, Diagram>();

  /** True when the variable holds. */
  variable(variable: number): Diagram {
    return this.#node(variable, FALSE, TRUE);
  }

  /** True when `a` or `b` is. */
  either(a: Diagram, b: Diagram): Diagram {
    if (a === TRUE || b === TRUE) return TRUE;
    if (a === FALSE || a === b) return b;
    if (b === FALSE) return a;
    const key = a < b ? a * MOST_NODES + b : b * MOST_NODES + a;
    return memoised(this.#either, key, () => this.#split(a, b, (left, right) => this.either(left, right)));
  }

  /** True when `a` is and `b` is not. */
  unless(a: Diagram, b: Diagram): Diagram {
    if (a === FALSE || b === TRUE || a === b) return FALSE;
    if (b === FALSE) return a;
    const key = a * MOST_NODES + b;
    return memoised(this.#unless, key, () => this.#split(a, b, (left, right) => this.unless(left, right)));
  }

  /** True when both are. */
  both(a: Diagram, b: Diagram): Diagram {
    return this.unless(a, this.unless(TRUE, b));
  }

  /** The variables on which a function depends. */
  variables(diagram: Diagram): Set<number> {
    const seen = new Set<Diagram>();
    const found = new Set<number>();
    const open = [diagram];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node <= TRUE || seen.has(node)) continue;
      seen.add(node);
      found.add(this.#variable[node] ?? 0);
      open.push(this.#without[node] ?? FALSE, this.#holding[node] ?? FALSE);
    }
    return found;
  }

  #split(a: Diagram, b: Diagram, join: (left: Diagram, right: Diagram) => Diagram): Diagram {
    const variable = Math.min(this.#top(a), this.#top(b));
    const part = (side: readonly Diagram[], node: Diagram): Diagram =>
      this.#top(node) === variable ? (side[node] ?? FALSE) : node;
    return this.#node(
      variable,
      join(part(this.#without, a), part(this.#without, b)),
      join(part(this.#holding, a), part(this.#holding, b)),
    );
  }

  #top(node: Diagram): number {
    return this.#variable[node] ?? Number.POSITIVE_INFINITY;
  }

  #node(variable: number, without: Diagram, holding: Diagram): Diagram {
    if (without === holding) return without;
    const known = this.#unique.get(variable) ?? new Map<number, Diagram>();
    this.#unique.set(variable, known);
    return memoised(known, without * MOST_NODES + holding, () => {
      const node = this.#variable.push(variable) - 1;
      if (node >= MOST_NODES) throw new RangeError(`Expected fewer than ${MOST_NODES} nodes.`);
      this.#without.push(without);
      this.#holding.push(holding);
      return node;
    });
  }
}

function memoised(memo: Map<number, Diagram>, key: number, make: () => Diagram): Diagram {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = make();
  memo.set(key, made);
  return made;
}
