import { describe, expect, it } from 'vitest';
import type { SecurityGroupId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { GroupRules, TemplateKind } from '../../core/firewall/rules.ts';
import type { CloudResult } from '../../ports/cloud.ts';
import type { RuleReading } from '../../ports/rules.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { KnownRules, Referrers, RuleCalls, Template } from './rule-calls.ts';
import { PacedRuleReader } from './rule-reader.ts';

const LATENCY_MS = 50;
const RULES = 'DescribeSecurityGroupPolicies';
const REFERENCES = 'DescribeSecurityGroupReferences';
const sg = (name: string) => `sg-${name}` as SecurityGroupId;
const groupIds = (count: number) => Array.from({ length: count }, (_, n) => sg(String(n).padStart(8, '0')));

const answered = <T>(value: T): CloudResult<T> => ({ ok: true, value, requestId: 'r', api: 'v3' });
const failed = (error: Partial<CloudError>): CloudResult<never> => ({
  ok: false,
  error: {
    kind: 'denied',
    api: 'v3',
    action: RULES,
    code: 'UnauthorizedOperation',
    message: 'no',
    requestId: 'r',
    sent: true,
    ...error,
  },
});

const OPEN: KnownRules = { ingress: [{ action: 'ACCEPT', cidrBlock: '0.0.0.0/0' }], egress: [] };
const naming = (more: object): KnownRules => ({ ingress: [], egress: [{ action: 'DROP', ...more }] });

interface Cloud {
  readonly rules?: (sgId: SecurityGroupId, call: number) => CloudResult<KnownRules>;
  readonly referrers?: (sgIds: readonly SecurityGroupId[]) => CloudResult<Referrers>;
  /** All templates of each listing, by its call. */
  readonly templates?: Partial<Record<TemplateKind, (call: number) => CloudResult<readonly Template[]>>>;
}

/** A reader on virtual time; `sent` has the actions and the moments of all calls. */
function readerOf(cloud: Cloud, { callsPerSecond = 40 } = {}) {
  const clock = new VirtualClock(0);
  const sent: { readonly action: string; readonly atMs: number }[] = [];
  const calls = (action: string) => sent.filter((one) => one.action === action).length;
  const listing = (kind: TemplateKind) => ({
    action: kind,
    page: async (offset: number) => {
      sent.push({ action: kind, atMs: clock.now() });
      await clock.sleep(LATENCY_MS);
      const all = cloud.templates?.[kind]?.(calls(kind) - 1) ?? answered([]);
      if (!all.ok) return all;
      return answered({ items: all.value.slice(offset, offset + 100), total: all.value.length });
    },
  });
  const reader = new PacedRuleReader({
    calls: {
      groupRules: {
        action: RULES,
        read: async (sgId, signal) => {
          sent.push({ action: RULES, atMs: clock.now() });
          await clock.sleep(LATENCY_MS, signal);
          return cloud.rules?.(sgId, calls(RULES) - 1) ?? answered(OPEN);
        },
      },
      referrers: {
        action: REFERENCES,
        read: async (sgIds) => {
          sent.push({ action: REFERENCES, atMs: clock.now() });
          await clock.sleep(LATENCY_MS);
          return cloud.referrers?.(sgIds) ?? answered(new Map(sgIds.map((sgId) => [sgId, []])));
        },
      },
      templates: {
        addressTemplates: listing('addressTemplates'),
        addressTemplateGroups: listing('addressTemplateGroups'),
        serviceTemplates: listing('serviceTemplates'),
        serviceTemplateGroups: listing('serviceTemplateGroups'),
      } satisfies RuleCalls['templates'],
    },
    clock,
    random: seededRandom(1),
    callsPerSecond,
  });
  return { reader, clock, sent };
}

const NEVER = new AbortController().signal;

interface Pace {
  readonly callsPerSecond?: number;
  readonly timeUpMs?: number;
}

async function read(ids: readonly SecurityGroupId[], cloud: Cloud, { timeUpMs, ...pace }: Pace = {}) {
  const { reader, clock, sent } = readerOf(cloud, pace);
  const timeUp = new AbortController();
  if (timeUpMs !== undefined) clock.setTimer(timeUpMs, () => timeUp.abort());
  const work = reader.readRules(ids, NEVER, { timeUp: timeUp.signal });
  await clock.advance(600_000);
  const reading: RuleReading = await work;
  return { reading, sent, actions: sent.map(({ action }) => action) };
}

describe('the rules of groups', () => {
  it('are read once for each group, in the order in which they were asked for', async () => {
    const ids = [sg('bbbbbbbb'), sg('aaaaaaaa'), sg('bbbbbbbb')];
    const { reading, actions } = await read(ids, {});
    expect(reading).toEqual({
      ok: true,
      book: {
        groups: new Map([
          [sg('bbbbbbbb'), OPEN],
          [sg('aaaaaaaa'), OPEN],
        ]),
      },
      unread: [],
    });
    expect(actions).toEqual([RULES, RULES]);
  });

  it('keep within the calls a second', async () => {
    const { sent } = await read(groupIds(45), {}, { callsPerSecond: 10 });
    expect(sent).toHaveLength(45);
    for (const { atMs: fromMs } of sent) {
      expect(sent.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 1_000).length).toBeLessThan(11);
    }
  });

  it('are read again after a failure that passes', async () => {
    const flaky = (_: SecurityGroupId, call: number) =>
      call === 0
        ? failed({ kind: 'throttled' })
        : call === 1
          ? failed({ kind: 'transient' })
          : answered(OPEN);
    const { reading, sent } = await read([sg('aaaaaaaa')], { rules: flaky });
    expect(reading).toMatchObject({ ok: true, book: { groups: new Map([[sg('aaaaaaaa'), OPEN]]) } });
    expect(sent).toHaveLength(3);
  });

  it.each([
    {
      what: 'both names of the permission that is missing',
      error: {},
      reason:
        'UnauthorizedOperation: no; grant vpc:DescribeSecurityGroupPolicies and cvm:DescribeSecurityGroupPolicys',
    },
    {
      what: 'the words for a group that is gone',
      error: { kind: 'not-found', code: 'InvalidSecurityGroupID.NotFound', message: 'gone' },
      reason: 'InvalidSecurityGroupID.NotFound: gone',
    },
  ] as const)('of one group may be unreadable, with $what, beside those of others', async (given) => {
    const rules = (sgId: SecurityGroupId) => (sgId === sg('aaaaaaaa') ? failed(given.error) : answered(OPEN));
    const { reading } = await read([sg('aaaaaaaa'), sg('bbbbbbbb')], { rules });
    expect(reading).toMatchObject({
      ok: true,
      book: {
        groups: new Map<SecurityGroupId, GroupRules>([
          [sg('aaaaaaaa'), { unreadable: given.reason }],
          [sg('bbbbbbbb'), OPEN],
        ]),
      },
    });
  });

  it.each(['credential', 'clock', 'region'] as const)(
    'are not asked for any more after a failure that every call meets: %s',
    async (kind) => {
      const { reading, sent } = await read(groupIds(100), { rules: () => failed({ kind }) });
      expect(reading).toMatchObject({ ok: false, error: { kind } });
      expect(sent.length).toBeLessThan(30);
    },
  );

  it.each([
    { kind: 'throttled', passing: true },
    { kind: 'transient', passing: true },
    { kind: 'network', passing: true },
    { kind: 'denied', passing: undefined },
    { kind: 'not-found', passing: undefined },
    { kind: 'invalid', passing: undefined },
  ] as const)('say whether a failure passes by itself: $kind', async ({ kind, passing }) => {
    const rules = (sgId: SecurityGroupId) => (sgId === sg('aaaaaaaa') ? failed({ kind }) : answered(OPEN));
    const { reading } = await read([sg('aaaaaaaa'), sg('bbbbbbbb')], { rules });
    const group = reading.ok ? reading.book.groups.get(sg('aaaaaaaa')) : undefined;
    expect(group).toHaveProperty('unreadable');
    expect(group && 'passing' in group ? group.passing : undefined).toBe(passing);
  });

  it('cannot be read when nobody answers for any group', async () => {
    const nobody = failed({ kind: 'network', code: 'ECONNREFUSED', sent: false });
    const { reading } = await read(groupIds(3), { rules: () => nobody });
    expect(reading).toMatchObject({ ok: false, error: { code: 'ECONNREFUSED' } });
    const { reading: ofOne } = await read(groupIds(1), { rules: () => nobody });
    expect(ofOne).toMatchObject({ ok: false, error: { code: 'ECONNREFUSED' } });
    const [first = sg(''), ...others] = groupIds(3);
    const partly = await read([first, ...others], {
      rules: (sgId) => (sgId === first ? nobody : answered(OPEN)),
    });
    expect(partly.reading).toMatchObject({ ok: true, book: { groups: { size: 3 } } });
  });

  it('that are not read when the time is over stay unread, with that as the reason; the others are as good as ever', async () => {
    const ids = groupIds(30);
    const { reading, sent } = await read(ids, {}, { callsPerSecond: 10, timeUpMs: 1_500 });
    if (!reading.ok) throw new Error('not read');
    const known = ids.filter((sgId) => reading.book.groups.get(sgId) === OPEN);
    expect(known.length).toBeGreaterThan(5);
    expect(known.length).toBeLessThan(20);
    expect(reading.book.groups.size).toBe(30);
    expect(reading.book.groups.get(sg('00000029'))).toEqual({
      unreadable: 'NotReadInTime: the time for reading was over',
      passing: true,
    });
    expect(Math.max(...sent.map(({ atMs }) => atMs))).toBeLessThan(1_500);
    const none = await read(ids, {}, { timeUpMs: 0 });
    expect(none.reading).toMatchObject({ ok: true, book: { groups: { size: 30 } } });
  });

  it('are not waited for when whoever asked has gone', async () => {
    const { reader, clock } = readerOf({});
    const gone = new AbortController();
    const work = reader.readRules(groupIds(3), gone.signal, { timeUp: new AbortController().signal });
    const rejected = expect(work).rejects.toThrow('gone');
    await clock.advance(10);
    gone.abort(new Error('gone'));
    await clock.advance(10);
    await rejected;
  });

  it('of no group are a book without groups, and no call', async () => {
    const { reading, sent } = await read([], {});
    expect(reading).toMatchObject({ ok: true, book: { groups: new Map() } });
    expect(sent).toEqual([]);
  });
});

describe('templates', () => {
  it.each<{ rule: object; listings: TemplateKind[] }>([
    { rule: { cidrBlock: '10.0.0.0/8', protocol: 'tcp' }, listings: [] },
    { rule: { addressTemplate: 'ipm-1' }, listings: ['addressTemplates'] },
    { rule: { addressTemplate: 'ipmg-1' }, listings: ['addressTemplateGroups', 'addressTemplates'] },
    { rule: { serviceTemplate: 'ppm-1' }, listings: ['serviceTemplates'] },
    { rule: { serviceTemplate: 'ppmg-1' }, listings: ['serviceTemplateGroups', 'serviceTemplates'] },
  ])('are listed when a rule refers to them: $listings', async ({ rule, listings }) => {
    const { actions } = await read([sg('aaaaaaaa')], { rules: () => answered(naming(rule)) });
    expect(actions.slice(1).sort()).toEqual(listings);
  });

  const office = { rules: () => answered(naming({ addressTemplate: 'ipm-1' })) };

  it('are not listed for one that has the listing already', async () => {
    const { reader, clock, sent } = readerOf({
      rules: () => answered(naming({ addressTemplate: 'ipmg-1' })),
    });
    const work = reader.readRules(groupIds(1), NEVER, { listed: new Set(['addressTemplates']) });
    await clock.advance(10_000);
    expect(sent.map(({ action }) => action)).toEqual([RULES, 'addressTemplateGroups']);
    const { book, unread } = (await work) as Extract<RuleReading, { ok: true }>;
    expect([Object.keys(book), unread]).toEqual([['groups', 'addressTemplateGroups'], []]);
  });

  it('are read with all pages', async () => {
    const all = Array.from({ length: 250 }, (_, n) => ({ id: `ipm-${n}`, members: [`10.0.0.${n}`] }));
    const templates = { addressTemplates: () => answered(all) };
    const { reading, actions } = await read([sg('aaaaaaaa')], { ...office, templates });
    expect(reading).toMatchObject({
      ok: true,
      book: { addressTemplates: new Map(all.map(({ id, members }) => [id, members])) },
      unread: [],
    });
    expect(actions).toHaveLength(4);
  });

  it('are read anew when there are more or fewer of them on the next page', async () => {
    const all = Array.from({ length: 150 }, (_, n) => ({ id: `ipm-${n}`, members: [] }));
    const templates = { addressTemplates: (call: number) => answered(call === 0 ? all.slice(1) : all) };
    const { reading } = await read([sg('aaaaaaaa')], { ...office, templates });
    expect(reading).toMatchObject({ ok: true, book: { addressTemplates: { size: 150 } } });
  });

  it('that cannot be listed stay unknown, with the permission to grant', async () => {
    const action = 'DescribeAddressTemplates';
    const { reading } = await read([sg('aaaaaaaa')], {
      ...office,
      templates: { addressTemplates: () => failed({ action }) },
    });
    expect(reading).toEqual({
      ok: true,
      book: { groups: new Map([[sg('aaaaaaaa'), naming({ addressTemplate: 'ipm-1' })]]) },
      unread: [
        {
          kind: 'addressTemplates',
          what: 'address templates',
          reason: 'UnauthorizedOperation: no; grant vpc:DescribeAddressTemplates',
        },
      ],
    });
  });

  it('that never stand still stay unknown', async () => {
    const templates = {
      addressTemplates: (call: number) =>
        answered(Array.from({ length: 150 + call }, (_, n) => ({ id: `ipm-${n}`, members: [] }))),
    };
    const { reading } = await read([sg('aaaaaaaa')], { ...office, templates });
    expect(reading).toMatchObject({
      ok: true,
      unread: [{ reason: 'the listing changed during each of 5 attempts', passing: true }],
    });
  });
});

describe('the groups whose rules name a group', () => {
  async function readReferrers(ids: readonly SecurityGroupId[], cloud: Cloud = {}) {
    const { reader, clock, sent } = readerOf(cloud);
    const work = reader.readReferrers(ids, NEVER);
    await clock.advance(600_000);
    return { reading: await work, sent };
  }

  it('are asked for a hundred groups at a time, each group once', async () => {
    const ids = groupIds(230);
    const batches: number[] = [];
    const by = new Map(ids.map((sgId) => [sgId, [sg('bbbbbbbb')]]));
    const { reading, sent } = await readReferrers([...ids, ...ids], {
      referrers: (asked) => {
        batches.push(asked.length);
        return answered(new Map(asked.map((sgId) => [sgId, by.get(sgId) ?? []])));
      },
    });
    expect(reading).toEqual({ ok: true, referrers: by });
    expect(batches).toEqual([100, 100, 30]);
    expect(sent.every(({ action }) => action === REFERENCES)).toBe(true);
  });

  it('cannot be told without the permission, which is named', async () => {
    const { reading } = await readReferrers(groupIds(1), {
      referrers: () => failed({ action: REFERENCES }),
    });
    expect(reading).toEqual({
      ok: false,
      reason: 'UnauthorizedOperation: no; grant vpc:DescribeSecurityGroupReferences',
    });
  });

  it('of no group are none, and no call', async () => {
    const { reading, sent } = await readReferrers([]);
    expect(reading).toEqual({ ok: true, referrers: new Map() });
    expect(sent).toEqual([]);
  });
});
