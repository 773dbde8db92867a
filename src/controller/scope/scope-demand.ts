/** Which scopes bindings name, and which of them have room beside the others that are counted together. */
import type { BindingKey } from '../../api/ids.ts';
import { quote } from '../../api/problem.ts';
import type { Tenancy } from '../../core/tenancy.ts';
import type { Declarer } from '../../core/tenant-rights.ts';

/** What a binding names. */
export interface WantedScope {
  readonly scope: string;
  /** Who takes turns with others, see `Tenancy.turnOf`. */
  readonly turn: string;
  /** With what its scopes are counted, in words: `namespace "shop"`. Undefined: they are not counted. */
  readonly counted: string | undefined;
}

/** Who names a scope. */
interface Demand {
  readonly keys: Set<BindingKey>;
  /** By how many bindings of each. */
  readonly turns: Map<string, number>;
  readonly counted: Map<string | undefined, number>;
}

/** Scopes that are counted together. */
interface Counted {
  readonly scopes: Set<string>;
  /** Those that are not served, in the order in which they came. */
  readonly waiting: Set<string>;
  /** Those of `waiting` that have room, where not all have; made when it is asked for. */
  roomy: Set<string> | undefined;
}

export class ScopeDemand {
  readonly #most: number;
  readonly #isServed: (scope: string) => boolean;
  readonly #wanted = new Map<BindingKey, WantedScope>();
  readonly #byScope = new Map<string, Demand>();
  readonly #counted = new Map<string, Counted>();
  /** What names more than there is room for. */
  readonly #overfull = new Set<Counted>();

  /** @param most scopes that are counted together. @param isServed whether a scope is served: then it has its room. */
  constructor(most: number, isServed: (scope: string) => boolean) {
    this.#most = most;
    this.#isServed = isServed;
  }

  /** Whether something names more scopes than there is room for. */
  get isOverfull(): boolean {
    return this.#overfull.size > 0;
  }

  /** What a binding names from now on; returns the scopes that have room through that and had none. */
  follow(key: BindingKey, wanted: WantedScope | undefined): readonly string[] {
    const before = this.#wanted.get(key);
    if (
      before?.scope === wanted?.scope &&
      before?.turn === wanted?.turn &&
      before?.counted === wanted?.counted
    )
      return [];
    const entered = before === undefined ? [] : this.#drop(key, before);
    if (wanted !== undefined) this.#add(key, wanted);
    return entered;
  }

  /** Nobody names the scope any more; returns the scopes that have room through that and had none. */
  forget(scope: string): readonly string[] {
    return [...(this.#byScope.get(scope)?.keys ?? [])].flatMap((key) => this.follow(key, undefined));
  }

  /** The scope is served from now on. */
  serve(scope: string): void {
    for (const counted of this.#countedOf(scope)) {
      const others = counted === undefined ? undefined : this.#counted.get(counted);
      if (!others?.waiting.delete(scope)) continue;
      others.roomy?.delete(scope);
      this.#weigh(others);
    }
  }

  /** Who takes turns for a scope. */
  turnsOf(scope: string): Iterable<string> {
    return this.#byScope.get(scope)?.turns.keys() ?? [];
  }

  /** Whether the scope is not counted somewhere, or has room beside the served ones and those that came before. */
  hasRoom(scope: string): boolean {
    for (const counted of this.#countedOf(scope)) {
      const others = counted === undefined ? undefined : this.#counted.get(counted);
      if (others === undefined || this.#hasRoomIn(others, scope)) return true;
    }
    return false;
  }

  /** With what a scope that is named is counted; undefined for one that nobody names, or that is not counted. */
  countedOf(scope: string): string | undefined {
    for (const counted of this.#countedOf(scope)) return counted;
    return undefined;
  }

  #countedOf(scope: string): Iterable<string | undefined> {
    return this.#byScope.get(scope)?.counted.keys() ?? [];
  }

  #add(key: BindingKey, wanted: WantedScope): void {
    const { scope, turn, counted } = wanted;
    this.#wanted.set(key, wanted);
    const demand = this.#byScope.get(scope) ?? { keys: new Set(), turns: new Map(), counted: new Map() };
    this.#byScope.set(scope, demand);
    demand.keys.add(key);
    count(demand.turns, turn, 1);
    if (count(demand.counted, counted, 1) > 1 || counted === undefined) return;
    const others = this.#counted.get(counted) ?? { scopes: new Set(), waiting: new Set(), roomy: undefined };
    this.#counted.set(counted, others);
    others.scopes.add(scope);
    if (!this.#isServed(scope)) others.waiting.add(scope);
    this.#weigh(others);
  }

  #drop(key: BindingKey, { scope, turn, counted }: WantedScope): readonly string[] {
    this.#wanted.delete(key);
    const demand = this.#byScope.get(scope);
    if (demand === undefined) return [];
    demand.keys.delete(key);
    if (demand.keys.size === 0) this.#byScope.delete(scope);
    count(demand.turns, turn, -1);
    if (count(demand.counted, counted, -1) > 0 || counted === undefined) return [];
    const others = this.#counted.get(counted);
    if (others === undefined) return [];
    const before = this.#overfull.has(others) ? this.#roomyOf(others) : undefined;
    others.scopes.delete(scope);
    others.waiting.delete(scope);
    before?.delete(scope);
    if (others.scopes.size === 0) this.#counted.delete(counted);
    this.#weigh(others);
    if (before === undefined || others.roomy === before) return [];
    const after = this.#overfull.has(others) ? this.#roomyOf(others) : others.waiting;
    return [...after].filter((other) => !before.has(other));
  }

  /** Scopes that may wait beside those that are served. */
  #room({ scopes, waiting }: Counted): number {
    return Math.max(0, this.#most - (scopes.size - waiting.size));
  }

  /** After one has come, has gone or is served. One that comes is the last, so those before it keep their room. */
  #weigh(others: Counted): void {
    const room = this.#room(others);
    if (others.waiting.size > room) this.#overfull.add(others);
    else this.#overfull.delete(others);
    if (others.waiting.size <= room || others.roomy?.size !== room) others.roomy = undefined;
  }

  #hasRoomIn(others: Counted, scope: string): boolean {
    if (!this.#overfull.has(others)) return true;
    return this.#roomyOf(others).has(scope);
  }

  #roomyOf(others: Counted): Set<string> {
    if (others.roomy !== undefined) return others.roomy;
    const room = this.#room(others);
    const roomy = new Set<string>();
    for (const scope of others.waiting) {
      if (roomy.size >= room) break;
      roomy.add(scope);
    }
    others.roomy = roomy;
    return roomy;
  }
}

/** Returns how many there are then. */
function count<K>(counts: Map<K, number>, key: K, by: 1 | -1): number {
  const now = (counts.get(key) ?? 0) + by;
  if (now > 0) counts.set(key, now);
  else counts.delete(key);
  return now;
}

/** What a binding asks for by naming a scope. @param scope `account@region`. */
export function wantedScope(
  tenancy: Pick<Tenancy, 'turnOf' | 'hasTenants'>,
  declarer: Declarer,
  scope: string,
): WantedScope {
  const turn = tenancy.turnOf(declarer);
  const { origin, namespace } = declarer;
  if (origin.kind !== 'directory') return { scope, turn, counted: `namespace ${quote(namespace)}` };
  // Anybody may write any namespace into a file.
  if (!tenancy.hasTenants) return { scope, turn, counted: undefined };
  return { scope, turn, counted: turn === '' ? 'what is of no tenant' : `tenant ${quote(turn)}` };
}
