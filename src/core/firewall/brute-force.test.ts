/** Random lists, every world of what nobody has read, and packets at all edges: the analysis against the naive one. */
import { describe, expect, it } from 'vitest';
import {
  inPorts,
  inPrefix,
  type NaivePacket,
  naiveAddress,
  naivelyAccepts,
} from '../../../test/firewall/naive.ts';
import { sg } from '../../../test/firewall/notation.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import { seededRandom } from '../../runtime/random.ts';
import { CompiledRules } from './compiled-rules.ts';
import { orderedPairs, shadowedRules } from './list-review.ts';
import { decidePacket } from './packet.ts';
import { DIRECTIONS, type Direction, type GroupRules, type Rule } from './rules.ts';
import { type TextSet, type TrafficChange, trafficChanges } from './traffic-changes.ts';

const CIDRS = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.0.0.0/9',
  '10.128.0.0/9',
  '10.1.0.0/16',
  '10.1.2.3/32',
  '11.0.0.0/8',
  '128.0.0.0/1',
];
const IPV6_CIDRS = ['::/0', '2001:db8::/32', '2001:db8:1::/48', '2001:db8::1/128', '8000::/1'];
const SERVICES: readonly (readonly [string, string?])[] = [
  ['all'],
  [''],
  ['tcp', 'all'],
  ['tcp', '22'],
  ['tcp', '20-30'],
  ['tcp', '22,80-90'],
  ['tcp', '1-65535'],
  ['udp', '53'],
  ['udp'],
  ['icmp'],
  ['icmpv6'],
  ['gre'],
];
const IPV4 = [
  '0.0.0.0',
  '9.255.255.255',
  '10.0.0.0',
  '10.1.2.3',
  '10.1.2.4',
  '10.127.255.255',
  '10.128.0.0',
  '11.0.0.1',
  '127.255.255.255',
  '128.0.0.0',
  '255.255.255.255',
].map((text) => ({ text, family: 'ipv4' as const, address: naiveAddress(text) }));
const IPV6 = [
  '::',
  '2001:db8::',
  '2001:db8::1',
  '2001:db8:1::9',
  '2001:db8:ffff::',
  '2001:db9::',
  '8000::',
].map((text) => ({
  text,
  family: 'ipv6' as const,
  address: naiveAddress(text),
}));
const PACKET_SERVICES: readonly (readonly [string, number])[] = [
  ...[0, 1, 19, 20, 22, 30, 31, 80, 90, 65535].map((port) => ['tcp', port] as const),
  ...[0, 53, 54, 65535].map((port) => ['udp', port] as const),
  ['icmp', 0],
  ['icmpv6', 0],
  ['gre', 0],
  ['esp', 0],
];
const SERVICE_UNKNOWNS = ['ppm-p', 'ppm-q'];

type NamedGroup = GroupRules & { readonly id: string };

interface Drawn {
  readonly groups: ReadonlyMap<SecurityGroupId, GroupRules>;
  readonly unknowns: readonly string[];
  list(ids: readonly SecurityGroupId[]): NamedGroup[];
}

class Draw {
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #compound: boolean;

  /** @param options.compound rules may depend on two unknowns at once. */
  constructor(seed: number, { compound = true } = {}) {
    this.#random = seededRandom(seed);
    this.#compound = compound;
  }

  below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  one<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }

  /** Groups of which some refer to what nobody has read, and perhaps one that nobody has read. */
  groups(count: number): Drawn {
    const unread = this.below(4) === 0 ? this.below(count) : -1;
    const groups = new Map<SecurityGroupId, GroupRules>();
    for (let index = 0; index < count; index++) {
      const rules = () => Array.from({ length: this.below(5) }, () => this.rule());
      const group = index === unread ? { unreadable: 'no right' } : { ingress: rules(), egress: rules() };
      groups.set(sg(`group${index}`), group);
    }
    return {
      groups,
      unknowns: unknownsOf(groups),
      list: (ids) => ids.map((id) => ({ id, ...(groups.get(id) as GroupRules) })),
    };
  }

  rule(): Rule {
    const address = this.below(10);
    const service = address < 2 && !this.#compound ? 1 : this.below(8);
    const [protocol, port] = this.one(SERVICES);
    return {
      action: this.one(['ACCEPT', 'DROP']),
      ...(service === 0
        ? { serviceTemplate: this.one(SERVICE_UNKNOWNS) }
        : { protocol, ...(port && { port }) }),
      ...(address === 0
        ? { securityGroupId: this.one(['sg-a', 'sg-b']) }
        : address === 1
          ? { addressTemplate: 'ipm-x' }
          : address === 2
            ? {}
            : address < 5
              ? { ipv6CidrBlock: this.one(IPV6_CIDRS) }
              : { cidrBlock: this.one(CIDRS) }),
    };
  }

  ids(drawn: Drawn): SecurityGroupId[] {
    const pool = [...drawn.groups.keys()];
    return Array.from({ length: this.below(pool.length + 1) }, () => this.one(pool));
  }
}

function unknownsOf(groups: ReadonlyMap<SecurityGroupId, GroupRules>): string[] {
  const found = new Set<string>();
  for (const [id, group] of groups) {
    if ('unreadable' in group) for (const part of ['accepts', 'drops']) found.add(`${id} ${part}`);
    else {
      for (const { securityGroupId, addressTemplate, serviceTemplate } of DIRECTIONS.flatMap(
        (direction) => group[direction],
      )) {
        for (const unknown of [securityGroupId, addressTemplate, serviceTemplate])
          if (unknown) found.add(unknown);
      }
    }
  }
  return [...found];
}

/** Each way in which the unknowns hold a packet or not. */
function* worlds(unknowns: readonly string[]): Generator<(unknown: string) => boolean> {
  for (let bits = 0; bits < 2 ** unknowns.length; bits++) {
    yield (unknown) => ((bits >> unknowns.indexOf(unknown)) & 1) === 1;
  }
}

function* packets(): Generator<NaivePacket & { readonly text: string }> {
  for (const address of [...IPV4, ...IPV6]) {
    for (const [protocol, port] of PACKET_SERVICES) {
      for (const direction of DIRECTIONS) yield { direction, ...address, protocol, port };
    }
  }
}

/** What a packet meets in every world: as a number with a bit for each. */
function naiveFunction(
  list: readonly NamedGroup[],
  packet: NaivePacket,
  unknowns: readonly string[],
): boolean[] {
  return [...worlds(unknowns)].map((world) => naivelyAccepts(list, packet, world));
}

const holdsText = (set: TextSet, holds: (text: string) => boolean): boolean =>
  'except' in set ? !set.except.some(holds) : set.some(holds);

function serviceText(text: string, { family, protocol, port }: NaivePacket): boolean {
  const [word, ports] = text.split('/');
  if (word === 'other protocols') {
    return !['tcp', 'udp', 'gre', family === 'ipv4' ? 'icmp' : 'icmpv6'].includes(protocol);
  }
  return word === protocol && (ports === undefined || inPorts(ports, port));
}

function holdsPacket(change: TrafficChange, packet: NaivePacket): boolean {
  return (
    change.direction === packet.direction &&
    change.family === packet.family &&
    holdsText(change.services, (text) => serviceText(text, packet)) &&
    holdsText(change.addresses, (text) => inPrefix(text, packet.address))
  );
}

/** What has to be told of a packet that is accepted in these worlds before and after. */
function expected(
  before: readonly boolean[],
  after: readonly boolean[],
  unknowns: readonly string[],
): string {
  const opens = after.map((accepts, world) => accepts && !before[world]);
  const closes = before.map((accepts, world) => accepts && !after[world]);
  const [may, mayNot] = [opens.includes(true), closes.includes(true)];
  if (!may && !mayNot) return 'nothing';
  if (!before.includes(true) && !after.includes(false)) return 'opens';
  if (!after.includes(true) && !before.includes(false)) return 'closes';
  const words = may && mayNot ? 'open or close' : may ? 'open' : 'close';
  const matters = unknowns.filter((_, place) =>
    [opens, closes].some((changes) =>
      changes.some((value, world) => value !== changes[world ^ (1 << place)]),
    ),
  );
  const names = new Set(matters.map((unknown) => unknown.split(' ')[0]));
  return `may ${words}: ${[...names].sort().join()}`;
}

function told(changes: readonly TrafficChange[], packet: NaivePacket): string {
  const found = changes.filter((change) => holdsPacket(change, packet));
  if (found.length === 0) return 'nothing';
  return found
    .map(({ effect, may, dependsOn }) =>
      effect === 'conditional'
        ? `may ${may}: ${dependsOn
            .map(({ name }) => name)
            .sort()
            .join()}`
        : effect,
    )
    .join(' and ');
}

/** Compares two random lists for all packets; returns in how many worlds. */
function everyPacket(
  draw: Draw,
  options: { readonly mostExact?: number },
  judge: (packet: object, what: { readonly wanted: string; readonly told: string }) => void,
): number {
  const drawn = draw.groups(3);
  const [before, after] = [draw.ids(drawn), draw.ids(drawn)];
  const { changes } = trafficChanges(new CompiledRules(drawn, options), [{ before, after }]);
  let checks = 0;
  for (const packet of packets()) {
    const was = naiveFunction(drawn.list(before), packet, drawn.unknowns);
    const is = naiveFunction(drawn.list(after), packet, drawn.unknowns);
    checks += was.length;
    const { direction, text, protocol, port } = packet;
    const what = { wanted: expected(was, is, drawn.unknowns), told: told(changes, packet) };
    judge({ direction, text, protocol, port }, what);
  }
  return checks;
}

describe('against a naive first match', () => {
  it('tells for every packet, in every world, exactly what changes and on what it depends', () => {
    let checks = 0;
    for (let seed = 1; checks < 600_000; seed++) {
      checks += everyPacket(new Draw(seed), {}, (packet, { wanted, told }) => {
        if (told !== wanted) expect({ seed, ...packet, told }).toEqual({ seed, told: wanted });
      });
    }
    expect(checks).toBeGreaterThanOrEqual(600_000);
  });

  it('tells exactly what changes for any number of unknowns, and leaves out none on which it depends', () => {
    let checks = 0;
    for (let seed = 1; checks < 200_000; seed++) {
      const draw = new Draw(seed, { compound: false });
      checks += everyPacket(draw, { mostExact: 0 }, (packet, { wanted, told }) => {
        const [effect, needed = ''] = wanted.split(': ');
        const [toldEffect, named = ''] = told.split(': ');
        const missing = needed.split(',').filter((name) => !named.split(',').includes(name));
        if (toldEffect !== effect || missing.length > 0) {
          expect({ seed, ...packet, told }).toEqual({ seed, told: wanted });
        }
      });
    }
  });

  it('misses no change when rules depend on two unknowns at once, for any number of them', () => {
    let checks = 0;
    for (let seed = 1; checks < 200_000; seed++) {
      checks += everyPacket(new Draw(seed), { mostExact: 0 }, (packet, { wanted, told }) => {
        if (told === 'nothing' && wanted !== 'nothing') {
          expect({ seed, ...packet, told }).toEqual({ seed, told: wanted });
        }
      });
    }
  });

  it('tells for every packet whether a list allows it, and by which rule', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const draw = new Draw(seed);
      const drawn = draw.groups(3);
      const ids = draw.ids(drawn);
      const compiled = new CompiledRules(drawn);
      for (const packet of packets()) {
        const accepted = naiveFunction(drawn.list(ids), packet, drawn.unknowns);
        const wanted = !accepted.includes(false)
          ? 'allowed'
          : accepted.includes(true)
            ? 'depends'
            : 'refused';
        const { outcome, rule, mayDecide } = decidePacket(compiled, ids, { ...packet, address: packet.text });
        expect(outcome, `seed ${seed}: ${packet.text} ${packet.protocol}/${packet.port}`).toBe(wanted);
        if (rule === undefined || mayDecide.length > 0) continue;
        const group = drawn.groups.get(rule.sgId) as Exclude<GroupRules, { unreadable: string }>;
        const action = group[packet.direction][rule.index]?.action;
        expect(action).toBe(outcome === 'allowed' ? 'ACCEPT' : 'DROP');
      }
    }
  });

  it('finds exactly the rules without which nothing changes in any world because they are never asked', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const draw = new Draw(seed);
      const drawn = draw.groups(3);
      const ids = draw.ids(drawn);
      const found = shadowedRules(new CompiledRules(drawn), ids).map(
        ({ direction, place, index }) => `${direction} ${place} ${index}`,
      );
      expect(found, `seed ${seed}`).toEqual(naivelyShadowed(drawn, ids));
    }
  });

  it('finds that the order of a list matters when two groups disagree about a packet, and only then', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const draw = new Draw(seed);
      const drawn = draw.groups(3);
      const ids = [...drawn.groups.keys()];
      const pairs = orderedPairs(new CompiledRules(drawn), ids).map(
        ({ first, second }) => `${first} ${second}`,
      );
      const wanted = ids.flatMap((first, place) =>
        ids.slice(place + 1).flatMap((second) => {
          const differs = [...packets()].some((packet) => {
            const [one, other] = [
              [first, second],
              [second, first],
            ].map((order) => naiveFunction(drawn.list(order), packet, drawn.unknowns).join());
            return one !== other;
          });
          return differs ? `${first} ${second}` : [];
        }),
      );
      expect(pairs, `seed ${seed}`).toEqual(wanted);
    }
  });
});

/** Rules that change nothing when they are turned round: `direction place index`. */
function naivelyShadowed(drawn: Drawn, ids: readonly SecurityGroupId[]): string[] {
  const list = drawn.list(ids);
  const everywhere = (groups: readonly NamedGroup[], direction: Direction) =>
    [...packets()]
      .filter((packet) => packet.direction === direction)
      .map((packet) => naiveFunction(groups, packet, drawn.unknowns).join())
      .join(' ');
  return DIRECTIONS.flatMap((direction) => {
    const as = everywhere(list, direction);
    return list.flatMap((group, place) =>
      'unreadable' in group
        ? []
        : group[direction].flatMap((rule, index) => {
            const turned: Rule = { ...rule, action: rule.action === 'ACCEPT' ? 'DROP' : 'ACCEPT' };
            const rules = group[direction].with(index, turned);
            const other = everywhere(list.with(place, { ...group, [direction]: rules }), direction);
            return other === as ? `${direction} ${place} ${index}` : [];
          }),
    );
  });
}
