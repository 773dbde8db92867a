/** What two lists allow otherwise, for one direction and family: exact, and the same however the rules are written. */
import type { GroupList } from '../model.ts';
import type { CompiledRules, Entry, Side } from './compiled-rules.ts';
import type { DecisionChange } from './decisions.ts';
import { ACCEPT, type Decisions, DROP } from './decisions.ts';
import { Grid } from './grid.ts';
import { append, IntervalPool, type Intervals } from './intervals.ts';
import type { Direction, Family, RuleRef, Unknown } from './rules.ts';

/** In which way a packet is treated otherwise. */
export interface Effect {
  readonly effect: 'opens' | 'closes' | 'conditional';
  /** What may happen, where it depends on something. */
  readonly may?: 'open' | 'close' | 'open or close';
  /** The unknowns on which it depends whether anything happens. */
  readonly dependsOn: readonly Unknown[];
  /** It happens to the packets that this one holds, and to no other. */
  readonly within?: Unknown;
}

/** The rules that decide a packet, or the first that may; absent: no rule holds it. */
export interface Because {
  readonly before?: RuleRef;
  readonly after?: RuleRef;
}

/** Services and addresses that are treated otherwise in one way. Numbers mean the same for all differences of one {@link Differ}. */
export interface Difference {
  readonly direction: Direction;
  readonly family: Family;
  readonly effect: number;
  readonly services: number;
  readonly addresses: number;
  /** Of the first address of the first service. */
  readonly because: Because;
}

/** A difference of which all services are not known yet. */
interface OpenDifference {
  readonly effect: number;
  readonly addresses: number;
  readonly services: number[];
  readonly first: { readonly service: number; readonly address: number };
}

const NOTHING = 0;
const OPENS = 1;
const CLOSES = 2;

/** Compares lists of one book. */
export class Differ {
  readonly sets = new IntervalPool();
  readonly #rules: CompiledRules;
  readonly #effects: Effect[] = [
    { effect: 'conditional', dependsOn: [] },
    { effect: 'opens', dependsOn: [] },
    { effect: 'closes', dependsOn: [] },
  ];
  readonly #effectIds = new Map<string, number>();

  constructor(rules: CompiledRules) {
    this.#rules = rules;
  }

  effect(id: number): Effect {
    return this.#effects[id] as Effect;
  }

  /** Every difference; none when no packet is treated otherwise, whatever the unknowns hold. */
  differences(before: GroupList, after: GroupList, side: Side): Difference[] {
    const comparison = this.#compare(before, after, side);
    if (comparison === undefined) return [];
    const { grid } = comparison;
    const rows = new DifferenceRows(grid, this.sets);
    grid.walk({
      cell: (service, address) => rows.set(address, this.#effectOf(comparison, service, address)),
      row: (service) => {
        rows.close(service);
        return true;
      },
    });
    return rows.all().map(({ effect, addresses, services, first }) => ({
      ...side,
      effect,
      addresses,
      services: this.sets.idOf(services),
      because: because(grid, first),
    }));
  }

  /** Whether any packet is treated otherwise. */
  differ(before: GroupList, after: GroupList, side: Side): boolean {
    const comparison = this.#compare(before, after, side);
    let differs = false;
    comparison?.grid.walk({
      cell: (service, address) => {
        differs ||= this.#effectOf(comparison, service, address) !== NOTHING;
      },
      row: () => !differs,
    });
    return differs;
  }

  /** Both lists over one grid; undefined when they are the same rules. */
  #compare(before: GroupList, after: GroupList, side: Side): Comparison | undefined {
    const lists = [before, after].map((list) => this.#rules.entries(list, side));
    if (sameEntries(lists[0] ?? [], lists[1] ?? [])) return undefined;
    const decisions = this.#rules.decisions();
    const grid = new Grid(lists, this.#rules.gridSize(side.family), decisions);
    return { grid, decisions, effects: new Map() };
  }

  #effectOf({ grid, decisions, effects }: Comparison, service: number, address: number): number {
    const before = grid.decide(0, service, address);
    const after = grid.decide(1, service, address);
    if (before === after) return NOTHING;
    if (before <= ACCEPT && after <= ACCEPT) return before === DROP ? OPENS : CLOSES;
    const key = before * 2 ** 26 + after;
    const known = effects.get(key);
    if (known !== undefined) return known;
    const change = decisions.change(before, after);
    const made = change === undefined ? NOTHING : this.#effectId(conditional(change));
    effects.set(key, made);
    return made;
  }

  #effectId(effect: Effect): number {
    const key = JSON.stringify(effect);
    const known = this.#effectIds.get(key);
    if (known !== undefined) return known;
    const id = this.#effects.push(effect) - 1;
    this.#effectIds.set(key, id);
    return id;
  }
}

/** Two lists, what decides, and the effects that were found, by the decisions before and after. */
interface Comparison {
  readonly grid: Grid;
  readonly decisions: Decisions;
  readonly effects: Map<number, number>;
}

function conditional({ opens, closes, ...change }: DecisionChange): Effect {
  return {
    effect: 'conditional',
    may: opens && closes ? 'open or close' : opens ? 'open' : 'close',
    ...change,
  };
}

function sameEntries(a: readonly Entry[], b: readonly Entry[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}

function because(grid: Grid, { service, address }: OpenDifference['first']): Because {
  const [before, after] = [0, 1].map((list) => {
    const { value } = grid.matching(list, service, address).next();
    return value?.rule;
  });
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** Collects what differs, service by service: neighbours that differ alike become one. */
class DifferenceRows {
  readonly #grid: Grid;
  readonly #sets: IntervalPool;
  readonly #effects: Int32Array;
  readonly #open = new Map<string, OpenDifference>();
  #ofRow: readonly OpenDifference[] = [];
  #changed = false;
  #differing = 0;

  constructor(grid: Grid, sets: IntervalPool) {
    this.#grid = grid;
    this.#sets = sets;
    this.#effects = new Int32Array(grid.addresses.length - 1);
  }

  set(address: number, effect: number): void {
    const before = this.#effects[address] as number;
    if (before === effect) return;
    this.#effects[address] = effect;
    this.#changed = true;
    this.#differing += Number(effect !== NOTHING) - Number(before !== NOTHING);
  }

  close(service: number): void {
    if (this.#changed) this.#ofRow = this.#differing === 0 ? [] : this.#rows(service);
    this.#changed = false;
    const from = this.#grid.services[service] as number;
    const to = this.#grid.services[service + 1] as number;
    for (const { services } of this.#ofRow) append(services, from, to);
  }

  all(): readonly OpenDifference[] {
    return [...this.#open.values()];
  }

  #rows(service: number): OpenDifference[] {
    const byEffect = new Map<number, { readonly set: number[]; readonly first: number }>();
    const { addresses } = this.#grid;
    for (let address = 0; address < this.#effects.length; address++) {
      const effect = this.#effects[address] as number;
      if (effect === NOTHING) continue;
      const found = byEffect.get(effect) ?? { set: [], first: address };
      byEffect.set(effect, found);
      append(found.set, addresses[address] as number, addresses[address + 1] as number);
    }
    return [...byEffect].map(([effect, { set, first }]) =>
      this.#row(effect, set, { service, address: first }),
    );
  }

  #row(effect: number, set: Intervals, first: OpenDifference['first']): OpenDifference {
    const addresses = this.#sets.idOf(set);
    const key = `${effect} ${addresses}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const row = { effect, addresses, services: [], first };
    this.#open.set(key, row);
    return row;
  }
}
