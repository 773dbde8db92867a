/**
 * The rules of a book as entries over two lines of numbers, addresses and services, each cut wherever a rule begins or ends.
 * From here on nothing knows addresses, only places on these lines, so IPv6 costs what IPv4 does.
 */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { GroupList } from '../model.ts';
import { FAMILY_END } from './address-text.ts';
import { ALWAYS, type ConditionId, Conditions, type Holding } from './conditions.ts';
import { Decisions } from './decisions.ts';
import { type Intervals, intervalsOf } from './intervals.ts';
import { type AddressMeaning, Meanings, type ServiceParts } from './rule-meaning.ts';
import {
  DIRECTIONS,
  type Direction,
  FAMILIES,
  type Family,
  type Rule,
  type RuleBook,
  type RuleRef,
} from './rules.ts';
import { SERVICES_END, type ServiceRange } from './service-text.ts';

/** A rule, or the part of one that has this condition. */
export interface Entry {
  /** Absent for what a group without readable rules may do. */
  readonly rule?: RuleRef;
  readonly sgId: SecurityGroupId;
  readonly accepts: boolean;
  readonly condition: ConditionId;
  /** Places on the line of addresses of its family. */
  readonly addresses: Intervals;
  /** Places on the line of services. */
  readonly services: Intervals;
  /** Every packet: nothing behind it is ever asked. */
  readonly total: boolean;
}

/** How many cuts the whole lines have, ends included. */
export interface GridSize {
  readonly services: number;
  readonly addresses: number;
}

type EntriesOf = Readonly<Record<Direction, Readonly<Record<Family, readonly Entry[]>>>>;

/**
 * How many unknowns two decisions may hold for their difference to be told exactly. With more, no change is missed, but more
 * unknowns may be named than matter, and conditions over several unknowns count as independent of each other.
 */
const MOST_EXACT_UNKNOWNS = 16;

/** Rules of a book, made once and asked many times. */
export class CompiledRules {
  readonly conditions = new Conditions();
  /** Where each place of the line begins; the last one is its end. */
  readonly addressCuts: Readonly<Record<Family, readonly bigint[]>>;
  readonly serviceCuts: readonly number[];
  readonly #mostExact: number;
  readonly #book: RuleBook;
  readonly #groups = new Map<SecurityGroupId, EntriesOf>();

  /** @param options.mostExact unknowns of two decisions whose difference is told exactly. */
  constructor(book: RuleBook, { mostExact = MOST_EXACT_UNKNOWNS }: { readonly mostExact?: number } = {}) {
    this.#book = book;
    this.#mostExact = mostExact;
    const meanings = new Meanings(book);
    const rules = [...book.groups].flatMap(([, group]) =>
      'unreadable' in group ? [] : DIRECTIONS.flatMap((direction) => group[direction]),
    );
    const places = new Places(rules, meanings);
    this.addressCuts = { ipv4: places.addressCuts('ipv4'), ipv6: places.addressCuts('ipv6') };
    this.serviceCuts = places.serviceCuts;
    for (const [sgId, group] of book.groups) {
      if ('unreadable' in group) continue;
      const entries = (direction: Direction, family: Family) =>
        group[direction].flatMap((rule, index) =>
          this.#entriesOf(rule, { sgId, index }, { meanings, places, family }),
        );
      this.#groups.set(sgId, everywhere(entries));
    }
  }

  /** The entries of a list, in order; none behind one that is for every packet. */
  entries(list: GroupList, { direction, family }: Side): readonly Entry[] {
    const entries: Entry[] = [];
    for (const sgId of list) {
      for (const entry of this.entriesOf(sgId, direction, family)) {
        entries.push(entry);
        if (entry.total) return entries;
      }
    }
    return entries;
  }

  /** The entries of a group, in order. */
  entriesOf(sgId: SecurityGroupId, direction: Direction, family: Family): readonly Entry[] {
    const known = this.#groups.get(sgId);
    if (known !== undefined) return known[direction][family];
    const made = everywhere((...side) => this.#unreadable(sgId, ...side));
    this.#groups.set(sgId, made);
    return made[direction][family];
  }

  /** For the decisions of one question. */
  decisions(): Decisions {
    return new Decisions(this.conditions, this.#mostExact);
  }

  /** How many rules a group has; none when they could not be read. */
  ruleCount(sgId: SecurityGroupId, direction: Direction): number {
    const group = this.#book.groups.get(sgId);
    return group === undefined || 'unreadable' in group ? 0 : group[direction].length;
  }

  /** How many cuts the whole lines have, ends included. */
  gridSize(family: Family): GridSize {
    return { services: this.serviceCuts.length, addresses: this.addressCuts[family].length };
  }

  /** A group of which nothing is known accepts, drops or passes on any packet. */
  #unreadable(sgId: SecurityGroupId, direction: Direction, family: Family): Entry[] {
    return [true, false].map((accepts) => ({
      sgId,
      accepts,
      condition: this.conditions.of([
        { unknown: { kind: 'rules', name: sgId }, variable: `rules ${sgId} ${direction} ${accepts}` },
      ]),
      addresses: [0, this.addressCuts[family].length - 1],
      services: [0, this.serviceCuts.length - 1],
      total: false,
    }));
  }

  #entriesOf(
    rule: Rule,
    ref: RuleRef,
    {
      meanings,
      places,
      family,
    }: { readonly meanings: Meanings; readonly places: Places; readonly family: Family },
  ): Entry[] {
    const services = places.serviceParts(meanings.services(rule), family);
    return places.addressParts(meanings.addresses(rule), family).flatMap((address) =>
      services.map((service): Entry => {
        const condition = this.conditions.of([...address.holdings, ...service.holdings]);
        return {
          rule: ref,
          sgId: ref.sgId,
          accepts: rule.action === 'ACCEPT',
          condition,
          addresses: address.places,
          services: service.places,
          total: condition === ALWAYS && address.whole && service.whole,
        };
      }),
    );
  }
}

function everywhere(entries: (direction: Direction, family: Family) => readonly Entry[]): EntriesOf {
  const both = (direction: Direction) => ({
    ipv4: entries(direction, 'ipv4'),
    ipv6: entries(direction, 'ipv6'),
  });
  return { ingress: both('ingress'), egress: both('egress') };
}

/** Part of a rule on one line, and what has to hold it. */
interface Part {
  readonly places: Intervals;
  readonly whole: boolean;
  readonly holdings: readonly Holding[];
}

function part(places: Intervals, all: Intervals, holdings: readonly Holding[]): Part {
  return { places, whole: places[0] === all[0] && places[1] === all[1], holdings };
}

function nonEmpty(parts: readonly Part[]): Part[] {
  return parts.filter(({ places }) => places.length > 0);
}

/** The two lines, cut at the ends of what all rules hold. */
class Places {
  readonly serviceCuts: readonly number[];
  readonly #services: ReadonlyMap<number, number>;
  readonly #addressCuts: Readonly<Record<Family, readonly bigint[]>>;
  readonly #addresses: Readonly<Record<Family, ReadonlyMap<bigint, number>>>;
  readonly #addressParts = {
    ipv4: new Map<AddressMeaning, Part[]>(),
    ipv6: new Map<AddressMeaning, Part[]>(),
  };
  readonly #serviceParts = { ipv4: new Map<ServiceParts, Part[]>(), ipv6: new Map<ServiceParts, Part[]>() };

  constructor(rules: readonly Rule[], meanings: Meanings) {
    const addresses = [...new Set(rules.map((rule) => meanings.addresses(rule)))].flatMap(
      ({ ranges }) => ranges,
    );
    const services = [...new Set(rules.map((rule) => meanings.services(rule)))].flatMap(
      ({ ranges, unknown }) => [...ranges.ipv4, ...ranges.ipv6, ...unknown.map(({ within }) => within)],
    );
    const cuts = (family: Family) =>
      sortedCuts([
        0n,
        FAMILY_END[family],
        ...addresses
          .filter((range) => range.family === family)
          .flatMap(({ first, last }) => [first, last + 1n]),
      ]);
    this.#addressCuts = { ipv4: cuts('ipv4'), ipv6: cuts('ipv6') };
    this.#addresses = { ipv4: numbered(this.#addressCuts.ipv4), ipv6: numbered(this.#addressCuts.ipv6) };
    this.serviceCuts = sortedCuts([
      0,
      SERVICES_END,
      ...services.flatMap(({ first, last }) => [first, last + 1]),
    ]);
    this.#services = numbered(this.serviceCuts);
  }

  addressCuts(family: Family): readonly bigint[] {
    return this.#addressCuts[family];
  }

  /** What the addresses of rules with this meaning are. */
  addressParts(meaning: AddressMeaning, family: Family): readonly Part[] {
    return remembered(this.#addressParts[family], meaning, ({ ranges, unknown }) => {
      const all: Intervals = [0, this.#addressCuts[family].length - 1];
      const known = this.#ofAddresses(ranges, family);
      const open = unknown.filter(({ families }) => families.includes(family));
      return nonEmpty([part(known, all, []), ...open.map((holding) => part(all, all, [holding]))]);
    });
  }

  /** What the services of rules with this meaning are. */
  serviceParts(meaning: ServiceParts, family: Family): readonly Part[] {
    return remembered(this.#serviceParts[family], meaning, ({ ranges, unknown }) => {
      const all: Intervals = [0, this.serviceCuts.length - 1];
      const known = this.#ofServices(ranges[family]);
      const open = unknown.map((holding) => part(this.#ofServices([holding.within]), all, [holding]));
      return nonEmpty([part(known, all, []), ...open]);
    });
  }

  #ofAddresses(ranges: AddressMeaning['ranges'], family: Family): Intervals {
    const at = (value: bigint) => this.#addresses[family].get(value) ?? 0;
    const own = ranges.filter((range) => range.family === family);
    return intervalsOf(own.map(({ first, last }) => [at(first), at(last + 1n)]));
  }

  #ofServices(ranges: readonly ServiceRange[]): Intervals {
    const at = (value: number) => this.#services.get(value) ?? 0;
    return intervalsOf(ranges.map(({ first, last }) => [at(first), at(last + 1)]));
  }
}

function remembered<Key, Value>(memo: Map<Key, Value>, key: Key, make: (key: Key) => Value): Value {
  const made = memo.get(key) ?? make(key);
  memo.set(key, made);
  return made;
}

function sortedCuts<Value extends number | bigint>(values: readonly Value[]): Value[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function numbered<Value>(values: readonly Value[]): Map<Value, number> {
  return new Map(values.map((value, index) => [value, index]));
}

/** Which places of a line hold these values, for a list that is sorted. */
export function placeOf<Value extends number | bigint>(cuts: readonly Value[], value: Value): number {
  let [low, high] = [0, cuts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((cuts[middle] ?? value) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** One of the four questions that a list answers. */
export interface Side {
  readonly direction: Direction;
  readonly family: Family;
}

/** All of them, in the order of reports. */
export const SIDES: readonly Side[] = DIRECTIONS.flatMap((direction) =>
  FAMILIES.map((family) => ({ direction, family })),
);
