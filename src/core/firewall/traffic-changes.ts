/**
 * What a change of lists opens and closes, over a whole fleet. Each pair of lists is compared once, however many instances
 * have it. The result says what the lists allow and nothing of how their rules are written, but for {@link TrafficChange.because}.
 */
import type { GroupList } from '../model.ts';
import { FAMILY_END, prefixesOf } from './address-text.ts';
import { type CompiledRules, SIDES } from './compiled-rules.ts';
import { complement, type Intervals, pairsOf } from './intervals.ts';
import { type Because, Differ, type Difference, type Effect } from './list-difference.ts';
import type { Direction, Family } from './rules.ts';
import { serviceTexts } from './service-text.ts';

/** Texts, or all but these; whichever is shorter. */
export type TextSet = readonly string[] | { readonly all: true; readonly except: readonly string[] };

/** Packets that are treated otherwise, in one way. */
export interface TrafficChange extends Effect {
  readonly direction: Direction;
  readonly family: Family;
  /** `tcp/22`, `udp/8000-8010`, `tcp`, `icmp`, `other protocols`. */
  readonly services: TextSet;
  /** Prefixes: sources of ingress, targets of egress. */
  readonly addresses: TextSet;
  /** Of the first address of the first service; absent when it is not the same for all instances. */
  readonly because?: Because;
  /** How many instances. */
  readonly instances: number;
}

export interface TrafficReport {
  /**
   * Opened before closed before what depends on something, then the widest addresses first, then by service. Of one instance
   * none holds a packet that another one of the same direction and family holds.
   */
  readonly changes: readonly TrafficChange[];
  /** Instances whose list changes and for which every packet is treated as before, whatever nobody has read. */
  readonly unchanged: {
    /** The same groups in another order. */
    readonly reordered: number;
    /** Other groups. */
    readonly regrouped: number;
  };
}

/** A change of one instance, or of several that have the same lists. */
export interface ListChange {
  readonly before: GroupList;
  readonly after: GroupList;
  /** Absent: 1. */
  readonly instances?: number;
}

/** @param listChanges in any order; those that change nothing do not count. */
export function trafficChanges(rules: CompiledRules, listChanges: Iterable<ListChange>): TrafficReport {
  return joinedReport([{ comparison: new ListComparison(rules), listChanges }]);
}

/** Changes of lists whose rules stand in one book. */
export interface ComparedChanges {
  readonly comparison: ListComparison;
  readonly listChanges: Iterable<ListChange>;
}

/** One report over several books, such as those of several regions: what happens to the same packets is one change. */
export function joinedReport(parts: readonly ComparedChanges[]): TrafficReport {
  const unchanged = { reordered: 0, regrouped: 0 };
  const found = parts.flatMap(({ comparison, listChanges }) => {
    const { differences, ...part } = comparison.differences(listChanges);
    unchanged.reordered += part.unchanged.reordered;
    unchanged.regrouped += part.unchanged.regrouped;
    return differences;
  });
  const changes = (parts.length === 1 ? found : joinedByWords(found)).sort(byWeight);
  return { changes: changes.map(trafficChange), unchanged };
}

/** Places on the lines of two books mean nothing to each other, but the same packets have the same words. */
function joinedByWords(differences: readonly WeighedDifference[]): WeighedDifference[] {
  const joined = new Map<string, WeighedDifference>();
  for (const one of differences) {
    const { direction, family } = one.difference;
    const key = JSON.stringify([direction, family, one.effect, one.scale.text(one.difference)]);
    const known = joined.get(key);
    if (known === undefined) joined.set(key, one);
    else addTo(known, one);
  }
  return [...joined.values()];
}

/** Compares the lists of one book, each pair of them once, however often it is asked about. */
export class ListComparison {
  readonly #differ: Differ;
  readonly #scale: Scale;
  readonly #found = new Map<string, readonly Difference[]>();

  constructor(rules: CompiledRules) {
    this.#differ = new Differ(rules);
    this.#scale = new Scale(rules, this.#differ);
  }

  /** What several of them have in common is joined; in no order. */
  differences(listChanges: Iterable<ListChange>): {
    readonly differences: readonly WeighedDifference[];
    readonly unchanged: TrafficReport['unchanged'];
  } {
    const joined = new Map<string, JoinedDifference>();
    const unchanged = { reordered: 0, regrouped: 0 };
    for (const { before, after, instances } of distinct(listChanges)) {
      const found = this.#compare(before, after);
      for (const difference of found) join(joined, difference, instances);
      if (found.length === 0) unchanged[sameGroups(before, after) ? 'reordered' : 'regrouped'] += instances;
    }
    const scale = this.#scale;
    const differences = [...joined.values()].map((one) => ({
      ...one,
      scale,
      ...scale.sizes(one.difference),
    }));
    return { differences, unchanged };
  }

  #compare(before: GroupList, after: GroupList): readonly Difference[] {
    const key = pairKey(before, after);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = SIDES.flatMap((side) => this.#differ.differences(before, after, side));
    this.#found.set(key, found);
    return found;
  }
}

function pairKey(before: GroupList, after: GroupList): string {
  return `${before.join()}>${after.join()}`;
}

/** Each pair of lists once, in an order of their own. */
function distinct(listChanges: Iterable<ListChange>): Required<ListChange>[] {
  const pairs = new Map<string, { before: GroupList; after: GroupList; instances: number }>();
  for (const { before, after, instances = 1 } of listChanges) {
    if (before.join() === after.join()) continue;
    const key = pairKey(before, after);
    const pair = pairs.get(key);
    if (pair === undefined) pairs.set(key, { before, after, instances });
    else pair.instances += instances;
  }
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair);
}

function sameGroups(before: GroupList, after: GroupList): boolean {
  return [...new Set(before)].sort().join() === [...new Set(after)].sort().join();
}

interface JoinedDifference {
  readonly difference: Difference;
  because: Because | undefined;
  instances: number;
}

function join(joined: Map<string, JoinedDifference>, difference: Difference, instances: number): void {
  const { direction, family, effect, services, addresses, because } = difference;
  const key = `${direction} ${family} ${effect} ${services} ${addresses}`;
  const known = joined.get(key);
  if (known === undefined) {
    joined.set(key, { difference, because, instances });
    return;
  }
  addTo(known, { because, instances });
}

/** A reason that is not the same for all is none. */
function addTo(
  known: JoinedDifference,
  { because, instances }: Pick<JoinedDifference, 'because' | 'instances'>,
): void {
  known.instances += instances;
  if (JSON.stringify(known.because) !== JSON.stringify(because)) known.because = undefined;
}

interface WeighedDifference extends JoinedDifference {
  readonly scale: Scale;
  readonly effect: Effect;
  /** Addresses in parts of 2^-128 of the family. */
  readonly width: bigint;
  readonly firstService: number;
  readonly firstAddress: bigint;
}

const EFFECTS: readonly Effect['effect'][] = ['opens', 'closes', 'conditional'];

/** The order of reports: by what changes, whatever the groups are called. */
function byWeight(a: WeighedDifference, b: WeighedDifference): number {
  const order = (of: WeighedDifference) =>
    SIDES.findIndex(
      ({ direction, family }) => direction === of.difference.direction && family === of.difference.family,
    );
  return (
    EFFECTS.indexOf(a.effect.effect) - EFFECTS.indexOf(b.effect.effect) ||
    compare(b.width, a.width) ||
    a.firstService - b.firstService ||
    order(a) - order(b) ||
    compare(a.firstAddress, b.firstAddress) ||
    compare(JSON.stringify(a.effect), JSON.stringify(b.effect)) ||
    compare(a.scale.text(a.difference), b.scale.text(b.difference))
  );
}

function compare<Value extends bigint | string>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A set may have thousands of texts: they are made for whoever reads them. */
function trafficChange({ difference, effect, because, instances, scale }: WeighedDifference): TrafficChange {
  const { direction, family } = difference;
  return {
    direction,
    family,
    ...effect,
    get services() {
      return scale.services(family, difference.services);
    },
    get addresses() {
      return scale.addresses(family, difference.addresses);
    },
    ...(because === undefined ? {} : { because }),
    instances,
  };
}

/** From places on the lines to what people read. */
class Scale {
  readonly #rules: CompiledRules;
  readonly #differ: Differ;
  readonly #texts = new Map<string, TextSet>();

  constructor(rules: CompiledRules, differ: Differ) {
    this.#rules = rules;
    this.#differ = differ;
  }

  sizes({
    family,
    effect,
    services,
    addresses,
  }: Difference): Pick<WeighedDifference, 'effect' | 'width' | 'firstService' | 'firstAddress'> {
    const cuts = this.#rules.addressCuts[family];
    const set = this.#differ.sets.get(addresses);
    let size = 0n;
    for (const [from, to] of pairsOf(set)) size += (cuts[to] ?? 0n) - (cuts[from] ?? 0n);
    return {
      effect: this.#differ.effect(effect),
      width: size * (FAMILY_END.ipv6 / FAMILY_END[family]),
      firstService: this.#rules.serviceCuts[this.#differ.sets.get(services)[0] ?? 0] ?? 0,
      firstAddress: cuts[set[0] ?? 0] ?? 0n,
    };
  }

  services(family: Family, id: number): TextSet {
    const cuts = this.#rules.serviceCuts;
    const texts = (places: Intervals) =>
      serviceTexts(
        family,
        [...pairsOf(places)].map(([from, to]) => ({ first: cuts[from] ?? 0, last: (cuts[to] ?? 0) - 1 })),
      );
    return this.#known(`${family} services ${id}`, () => this.#shorter(id, cuts.length - 1, texts));
  }

  addresses(family: Family, id: number): TextSet {
    const cuts = this.#rules.addressCuts[family];
    const texts = (places: Intervals) =>
      [...pairsOf(places)].flatMap(([from, to]) =>
        prefixesOf({ family, first: cuts[from] ?? 0n, last: (cuts[to] ?? 0n) - 1n }),
      );
    return this.#known(`${family} addresses ${id}`, () => this.#shorter(id, cuts.length - 1, texts));
  }

  /** Of all that it holds. */
  text({ family, services, addresses }: Difference): string {
    return JSON.stringify([this.services(family, services), this.addresses(family, addresses)]);
  }

  #shorter(id: number, end: number, texts: (places: Intervals) => readonly string[]): TextSet {
    const set = this.#differ.sets.get(id);
    const words = texts(set);
    if (words.length === 1) return words;
    const except = texts(complement(set, end));
    return words.length <= except.length + 1 ? words : { all: true, except };
  }

  #known(key: string, make: () => TextSet): TextSet {
    const made = this.#texts.get(key) ?? make();
    this.#texts.set(key, made);
    return made;
  }
}
