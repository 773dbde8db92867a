/** What a change of the lists of a whole fleet opens and closes, in processor time. */
import type { SecurityGroupId } from '../../src/api/ids.ts';
import { CompiledRules } from '../../src/core/firewall/compiled-rules.ts';
import { orderedPairs, shadowedRules } from '../../src/core/firewall/list-review.ts';
import { membershipEffects } from '../../src/core/firewall/membership.ts';
import { decidePacket } from '../../src/core/firewall/packet.ts';
import { ruleRemarks } from '../../src/core/firewall/rule-meaning.ts';
import type { GroupRules, Rule, RuleBook } from '../../src/core/firewall/rules.ts';
import {
  type ListChange,
  type TrafficReport,
  trafficChanges,
} from '../../src/core/firewall/traffic-changes.ts';
import { membershipLine, trafficLines } from '../../src/core/firewall/traffic-text.ts';
import type { GroupList } from '../../src/core/model.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { count, type Measurement, type Row, seconds } from '../row.ts';

const BAR_MS = 1_000;
const INSTANCES = 10_000;
const LISTS = 200;
const GROUPS = 60;
const GROUPS_OF_LIST = 5;
const RULES = 100;
/** Of them; few people limit what leaves. */
const EGRESS_RULES = 20;

export const firewall: Row = {
  name: 'firewall',
  async run({ progress }) {
    return [
      measured('rules as people write them', plausibleRule, { progress, barMs: BAR_MS }),
      measured('every rule another port range and prefix', adversarialRule, { progress }),
      questions(progress),
    ];
  },
};

interface Held {
  readonly progress: (line: string) => void;
  readonly barMs?: number;
}

function measured(kind: string, draw: (random: Random) => Rule, { progress, barMs }: Held): Measurement {
  progress(`firewall: ${kind}`);
  const random = seededRandom(5);
  const book = bookOf(() => draw(random));
  const changes = changesOf([...book.groups.keys()], random);
  let report: TrafficReport | undefined;
  const tookMs = cpuMs(() => {
    report = trafficChanges(new CompiledRules(book), changes);
    trafficLines(report, book);
  });
  const found = report?.changes.length ?? 0;
  return {
    what: `what ${count(INSTANCES)} changed instances open and close, ${LISTS} lists of ${GROUPS_OF_LIST} groups of ${RULES} rules: ${kind}`,
    measured: `${seconds(tookMs)} of processor time, ${count(found)} different changes`,
    bar: barMs === undefined ? '' : `under ${seconds(barMs)}`,
    ...(barMs === undefined ? {} : { met: tookMs < barMs }),
    values: { tookMs, changes: found },
  };
}

/** What commands ask of lists beside their changes. */
function questions(progress: (line: string) => void): Measurement {
  progress('firewall: single questions');
  const random = seededRandom(5);
  const book = bookOf(() => plausibleRule(random));
  const changes = changesOf([...book.groups.keys()], random);
  const lists = changes.slice(0, LISTS).map(({ before }) => before);
  const rules = new CompiledRules(book);
  const packet = { direction: 'ingress', address: '10.3.0.9', protocol: 'tcp', port: 3306 } as const;
  const ask = {
    packetMs: cpuMs(() => lists.map((list) => decidePacket(rules, list, packet))),
    shadowedMs: cpuMs(() => lists.map((list) => shadowedRules(rules, list))),
    orderMs: cpuMs(() => lists.map((list) => orderedPairs(rules, list))),
    remarksMs: cpuMs(() => ruleRemarks(book)),
    sideEffectsMs: cpuMs(() =>
      membershipEffects(book, changes).map((effect) => membershipLine(effect, book)),
    ),
  };
  const one = (ms: number) => `${(ms / LISTS).toFixed(2)} ms`;
  return {
    what: `of each of ${LISTS} such lists: is a packet allowed / which rules are shadowed / does the order matter`,
    measured: `${one(ask.packetMs)} / ${one(ask.shadowedMs)} / ${one(ask.orderMs)} of processor time`,
    bar: '',
    values: ask,
  };
}

function cpuMs(work: () => unknown): number {
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000;
}

function bookOf(draw: () => Rule): RuleBook {
  const rules = (length: number) => Array.from({ length }, draw);
  const groups = new Map<SecurityGroupId, GroupRules>();
  for (let index = 0; index < GROUPS; index++) {
    groups.set(groupId(index), { ingress: rules(RULES - EGRESS_RULES), egress: rules(EGRESS_RULES) });
  }
  return { groups };
}

const groupId = (index: number) => `sg-${String(index).padStart(8, '0')}` as SecurityGroupId;

/** Every list changes: two groups change places, or one goes and another comes. */
function changesOf(groups: readonly SecurityGroupId[], random: Random): ListChange[] {
  const pairs = Array.from({ length: LISTS }, (_, index) => {
    const pool = [...groups];
    const drawn: SecurityGroupId[] = [];
    while (drawn.length <= GROUPS_OF_LIST) drawn.push(...pool.splice(below(random, pool.length), 1));
    const before = drawn.slice(0, GROUPS_OF_LIST) as GroupList;
    const other = index % 2 === 0 ? before[1] : drawn[GROUPS_OF_LIST];
    const after = before.with(0, other ?? groupId(0));
    return { before, after: index % 2 === 0 ? after.with(1, before[0] ?? groupId(0)) : after };
  });
  return Array.from({ length: INSTANCES }, (_, index) => pairs[index % LISTS] as ListChange);
}

const below = (random: Random, limit: number) => Math.floor(random.next() * limit);
const one = <Value>(random: Random, values: readonly Value[]) =>
  values[below(random, values.length)] as Value;

const PORTS = [
  '22',
  '80',
  '443',
  '80,443',
  '3306',
  '5432',
  '6379',
  '8080',
  '8000-9000',
  '9200',
  '27017',
  'all',
];

/** Few services, some twenty networks, and now and then another group. */
function plausibleRule(random: Random): Rule {
  const action = below(random, 4) === 0 ? 'DROP' : 'ACCEPT';
  const kind = below(random, 20);
  const service =
    kind === 0
      ? { protocol: 'ICMP' }
      : { protocol: one(random, ['TCP', 'TCP', 'UDP']), port: one(random, PORTS) };
  const source = below(random, 20);
  if (source === 0) return { action, ...service, securityGroupId: groupId(below(random, GROUPS)) };
  if (source === 1) return { action, ...service, ipv6CidrBlock: `2001:db8:${below(random, 99)}::/48` };
  const cidrBlock =
    source === 2 ? '0.0.0.0/0' : `10.${below(random, 20)}.${one(random, ['0.0/16', '0.0/20', '16.0/24'])}`;
  return { action, ...service, cidrBlock };
}

function adversarialRule(random: Random): Rule {
  const [a, b] = [below(random, 65_536), below(random, 65_536)];
  const address = [10, below(random, 256), below(random, 256), below(random, 256)].join('.');
  return {
    action: one(random, ['ACCEPT', 'DROP']),
    protocol: one(random, ['TCP', 'UDP']),
    port: `${Math.min(a, b)}-${Math.max(a, b)}`,
    cidrBlock: `${address}/${8 + below(random, 25)}`,
  };
}
