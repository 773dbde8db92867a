/** Who waits for whom where many ask for the rules of one scope: each group takes the time of a call within the quota. */
import { describe, expect, it } from 'vitest';
import type { SecurityGroupId } from '../../api/ids.ts';
import type { GroupRules, RuleBook, TemplateKind } from '../../core/firewall/rules.ts';
import type { RuleReading } from '../../ports/rules.ts';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { type RuleNews, ScopeRules } from './scope-rules.ts';

const GROUP_MS = 25;
/** What forty groups take, the usual portion. */
const PORTION_MS = 1_000;
const MAX_AGE_MS = 60_000;
const OPEN: GroupRules = { ingress: [{ action: 'ACCEPT', cidrBlock: '0.0.0.0/0' }], egress: [] };
const OFFICE: GroupRules = { ingress: [{ action: 'ACCEPT', addressTemplate: 'ipm-1' }], egress: [] };
const UNKNOWN: GroupRules = { unreadable: 'ResourceNotFound: no such group' };
const BUSY: GroupRules = { unreadable: 'InternalError: later', passing: true };

const named = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `sg-${name}${String(n).padStart(6, '0')}` as SecurityGroupId);
const [OWN = named('own', 1)[0] as SecurityGroupId] = named('own', 1);
const lists = (groups: readonly SecurityGroupId[], size = 10) =>
  Array.from({ length: groups.length / size }, (_, n) => groups.slice(n * size, (n + 1) * size));

class World {
  readonly clock = new VirtualClock(0);
  readonly cloud = new Map<SecurityGroupId, GroupRules>();
  templates: Pick<RuleBook, 'addressTemplates'> = { addressTemplates: new Map([['ipm-1', ['10.0.0.1']]]) };
  unread: Extract<RuleReading, { ok: true }>['unread'] = [];
  readonly readings: (readonly SecurityGroupId[])[] = [];
  /** When templates were listed. */
  readonly listedAtMs: number[] = [];
  readonly news: RuleNews[] = [];
  readonly warnings: string[] = [];
  /** What is asked whenever something was read, as whoever waits does. */
  onRead: () => void = () => {};
  atOnce = 0;
  readonly rules: ScopeRules;

  constructor(other: GroupRules = OPEN) {
    this.rules = new ScopeRules({
      scope: { account: 'default', region: 'ap-guangzhou' },
      reader: {
        readRules: (sgIds, signal, { listed } = {}) => this.#read([...sgIds], other, { signal, listed }),
        readReferrers: () => Promise.reject(new Error('not asked')),
      },
      mode: 'auto',
      clock: this.clock,
      random: seededRandom(1),
      log: { ...silentLog, warn: (_, message) => this.warnings.push(message) },
      signal: new AbortController().signal,
      maxAgeMs: MAX_AGE_MS,
      leadership: { mayAct: () => true },
      onRead: (news) => {
        this.news.push(news);
        this.onRead();
      },
    });
  }

  async #read(
    ids: readonly SecurityGroupId[],
    other: GroupRules,
    {
      signal,
      listed,
    }: { readonly signal: AbortSignal; readonly listed?: ReadonlySet<TemplateKind> | undefined },
  ): Promise<RuleReading> {
    this.readings.push(ids);
    this.atOnce++;
    await this.clock.sleep(ids.length * GROUP_MS, signal);
    this.atOnce--;
    const groups = new Map(ids.map((id) => [id, this.cloud.get(id) ?? other]));
    const lists = [...groups.values()].includes(OFFICE) && !listed?.has('addressTemplates');
    if (!lists) return { ok: true, book: { groups }, unread: [] };
    this.listedAtMs.push(this.clock.now());
    return { ok: true, book: { groups, ...this.templates }, unread: this.unread };
  }

  /** Of groups by who asks. */
  sweep(care: ReadonlyMap<string, readonly SecurityGroupId[]>): void {
    for (const [turn, groups] of care) this.rules.lookAgain(groups, turn);
    this.rules.keep(new Set([...care.values()].flat()));
  }

  /** How long somebody waits who asks again whenever something was read. */
  async waitFor(groups: readonly SecurityGroupId[], turn = 'own'): Promise<number> {
    const startMs = this.clock.now();
    let answeredMs: number | undefined;
    const ask = () => {
      if (answeredMs === undefined && this.rules.need(groups, turn)) answeredMs = this.clock.now();
    };
    this.onRead = ask;
    ask();
    while (answeredMs === undefined) await this.clock.advance(GROUP_MS);
    this.onRead = () => {};
    return answeredMs - startMs;
  }

  reads(sgId: SecurityGroupId): number {
    return this.readings.filter((ids) => ids.includes(sgId)).length;
  }
}

describe('what somebody waits for', () => {
  it('is read before thousands of groups that others only look at, also while those are being read', async () => {
    const world = new World(UNKNOWN);
    world.rules.look(named('x', 3_000), 'flood');
    await world.clock.advance(5_300);
    expect(await world.waitFor([OWN])).toBeLessThan(1.5 * PORTION_MS);
    await world.clock.advance(80_000);
    expect(named('x', 3_000).every((sgId) => world.rules.state(sgId) === 'unreadable')).toBe(true);
    expect(world.readings.every((ids) => ids.length <= 50)).toBe(true);
  });

  it('has its turn beside one that needs thousands of groups', async () => {
    const world = new World(UNKNOWN);
    for (const list of lists(named('x', 3_000))) world.rules.need(list, 'flood');
    await world.clock.advance(5_300);
    expect(await world.waitFor([OWN])).toBeLessThan(2.5 * PORTION_MS);
  });

  it('stands in the earliest turn of all who need it', async () => {
    const world = new World();
    for (const list of lists(named('x', 3_000))) world.rules.need(list, 'flood');
    world.rules.need([OWN], 'flood');
    await world.clock.advance(5_300);
    expect(world.rules.state(OWN)).toBe('unread');
    expect(await world.waitFor([OWN])).toBeLessThan(2.5 * PORTION_MS);
    world.rules.need([OWN], 'flood');
    await world.clock.advance(50_000);
    expect(world.reads(OWN)).toBe(1);
  });

  it('is known as a whole list, however many take turns and though failures are trusted for seconds only', async () => {
    const world = new World(UNKNOWN);
    const open = new Map(lists(named('x', 1_000)).map((list, n) => [`tenant ${n}`, list]));
    const ask = () => {
      for (const [turn, list] of open) if (world.rules.need(list, turn)) open.delete(turn);
    };
    world.onRead = ask;
    ask();
    await world.clock.advance(30_000);
    expect(open.size).toBe(0);
    expect(world.readings.flat()).toHaveLength(1_000);
  });

  it('does not stop what others look at', async () => {
    const world = new World();
    for (const list of lists(named('x', 3_000))) world.rules.need(list, 'flood');
    world.rules.look([OWN], 'own');
    await world.clock.advance(2.5 * PORTION_MS);
    expect(world.rules.state(OWN)).toBe('known');
  });

  it('is not read any more when it is under care no more, unless somebody goes on asking', async () => {
    const world = new World();
    const [kept, gone] = [named('x', 40), named('y', 2_000)];
    for (const list of lists([...kept, ...gone])) world.rules.need(list, 'flood');
    await world.clock.advance(PORTION_MS);
    world.sweep(new Map([['flood', kept]]));
    await world.clock.advance(60_000);
    expect(world.readings.flat().filter((sgId) => gone.includes(sgId))).toHaveLength(10);
    expect(await world.waitFor(gone.slice(-10), 'flood')).toBeLessThan(PORTION_MS);
  });
});

describe('what is looked at', () => {
  it('is read by turns', async () => {
    const world = new World();
    world.rules.look(named('x', 3_000), 'flood');
    await world.clock.advance(5_300);
    world.rules.look([OWN], 'own');
    await world.clock.advance(2.5 * PORTION_MS);
    expect(world.rules.state(OWN)).toBe('known');
  });

  it('is read again by a sweep that comes after somebody had it read, though it waits for its turn since before', async () => {
    const world = new World();
    const flood = [...named('x', 1_000), OWN];
    world.rules.look(flood, 'flood');
    await world.clock.advance(5_300);
    await world.waitFor([OWN]);
    world.sweep(new Map([['flood', flood]]));
    await world.clock.advance(60 * PORTION_MS);
    expect(world.reads(OWN)).toBe(2);
  });

  it('is read again with each sweep, by turns and each group once, however long that takes', async () => {
    const world = new World();
    const many = named('x', 1_000);
    const care = new Map([
      ['flood', [...many, OWN]],
      ['own', [OWN]],
    ]);
    world.sweep(care);
    await world.clock.advance(30_000);
    world.cloud.set(OWN, OFFICE);
    world.sweep(care);
    await world.clock.advance(2.5 * PORTION_MS);
    expect(world.news.some(({ changed }) => changed.has(OWN))).toBe(true);
    await world.clock.advance(30_000);
    expect([world.readings.flat().length, world.reads(OWN)]).toEqual([2_002, 2]);
  });
});

describe('portions', () => {
  it('come one after the other, so that nothing older replaces what was read', async () => {
    const world = new World();
    const some = named('x', 100);
    let most = 0;
    for (let at = 0; at < 200; at++) {
      world.rules.look(some, 'a');
      world.rules.need(some.slice(at % 90, (at % 90) + 10), 'b');
      if (at % 40 === 0) world.sweep(new Map([['a', some]]));
      await world.clock.advance(50);
      most = Math.max(most, world.atOnce);
    }
    expect(most).toBe(1);
  });

  it('that were wanted together list templates once, and later ones again', async () => {
    const world = new World(OFFICE);
    const care = new Map([['own', named('x', 200)]]);
    world.sweep(care);
    await world.clock.advance(10_000);
    expect([world.readings.length, world.listedAtMs]).toEqual([5, [PORTION_MS]]);
    world.templates = { addressTemplates: new Map([['ipm-1', ['10.0.0.2']]]) };
    world.sweep(care);
    await world.clock.advance(10_000);
    expect(world.listedAtMs).toEqual([PORTION_MS, 11_000]);
    expect(world.news.find(({ changed }) => changed.size > 0)?.changed.size).toBe(200);
  });

  it('bring what a template holds to groups that are read without listing it', async () => {
    const world = new World();
    const [first, second] = [named('x', 40), named('y', 40)];
    world.cloud.set(first[0] as SecurityGroupId, OFFICE);
    world.sweep(new Map([['own', first]]));
    await world.clock.advance(10_000);
    world.cloud.set(second[0] as SecurityGroupId, {
      ...OPEN,
      ingress: [{ action: 'ACCEPT', addressTemplate: 'ipm-2' }],
    });
    world.templates = {
      addressTemplates: new Map([
        ['ipm-1', ['10.0.0.1']],
        ['ipm-2', ['10.0.0.2']],
      ]),
    };
    world.sweep(new Map([['own', [...first, ...second]]]));
    await world.clock.advance(10_000);
    expect(world.rules.effects.allows([second[0] as SecurityGroupId]).changes).toMatchObject([
      { addresses: ['10.0.0.2/32'], effect: 'opens' },
    ]);
  });

  it('leave nobody to write by templates that were listed longer ago than what was read may be trusted', async () => {
    const world = new World(OFFICE);
    const many = named('x', 4_000);
    world.rules.look(many, 'own');
    await world.clock.advance(110_000);
    expect(world.listedAtMs).toHaveLength(1);
    const [last] = many.slice(-1);
    expect(await world.waitFor([last as SecurityGroupId])).toBeGreaterThan(0);
    expect(world.listedAtMs).toHaveLength(2);
    expect(world.rules.need([last as SecurityGroupId], 'own')).toBe(true);
  });

  it('tell once that templates cannot be listed, until they can', async () => {
    const world = new World(OFFICE);
    const { templates } = world;
    world.templates = {};
    world.unread = [{ kind: 'addressTemplates', what: 'address templates', reason: 'denied' }];
    const care = new Map([['own', named('x', 120)]]);
    for (let sweep = 0; sweep < 3; sweep++) {
      world.sweep(care);
      await world.clock.advance(10_000);
    }
    expect([world.readings.length, world.listedAtMs.length, world.warnings.length]).toEqual([9, 3, 1]);
    world.unread = [];
    world.templates = templates;
    world.sweep(care);
    await world.clock.advance(10_000);
    world.templates = {};
    world.unread = [{ kind: 'addressTemplates', what: 'address templates', reason: 'denied' }];
    world.sweep(care);
    await world.clock.advance(10_000);
    expect(world.warnings).toHaveLength(2);
  });

  it('of others put off no retry of what failed for now', async () => {
    const world = new World();
    world.cloud.set(OWN, BUSY);
    world.rules.look([OWN], 'own');
    await world.clock.advance(200);
    world.rules.look(named('x', 3_000), 'flood');
    await world.clock.advance(30_000);
    expect(world.reads(OWN)).toBeGreaterThan(3);
    expect(world.reads(OWN)).toBeLessThan(10);
  });
});
