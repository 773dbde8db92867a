import { describe, expect, it } from 'vitest';
import type { SecurityGroupId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { GroupRules, RuleBook } from '../../core/firewall/rules.ts';
import type { RuleReading } from '../../ports/rules.ts';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { type RuleNews, ScopeRules } from './scope-rules.ts';

const CALL_MS = 50;
const MAX_AGE_MS = 60_000;
const sg = (letter: string) => `sg-${letter.repeat(8)}` as SecurityGroupId;
const [A, B, C] = [sg('a'), sg('b'), sg('c')];

const accepting = (port: string, version?: string): GroupRules => ({
  ingress: [{ action: 'ACCEPT', protocol: 'tcp', port, cidrBlock: '0.0.0.0/0' }],
  egress: [],
  ...(version === undefined ? {} : { version }),
});
const DENIED: GroupRules = {
  unreadable: 'UnauthorizedOperation: no; grant vpc:DescribeSecurityGroupPolicies',
};
const BUSY: GroupRules = { unreadable: 'InternalError: later', passing: true };
const NOBODY: CloudError = {
  kind: 'network',
  api: 'v3',
  action: 'DescribeSecurityGroupPolicies',
  code: 'ECONNREFUSED',
  message: 'refused',
  requestId: '',
  sent: false,
};

class World {
  readonly clock = new VirtualClock();
  readonly cloud = new Map<SecurityGroupId, GroupRules>([
    [A, accepting('22')],
    [B, accepting('80')],
    [C, accepting('443')],
  ]);
  templates: Omit<RuleBook, 'groups'> = {};
  unread: Extract<RuleReading, { ok: true }>['unread'] = [];
  error: CloudError | undefined;
  leads = true;
  readonly readings: string[] = [];
  readonly news: RuleNews[] = [];
  readonly warnings: string[] = [];
  readonly rules: ScopeRules;

  constructor(mode: 'auto' | 'require' = 'auto') {
    this.rules = new ScopeRules({
      scope: { account: 'default', region: 'ap-guangzhou' },
      reader: {
        readRules: async (sgIds, signal) => {
          const ids = [...sgIds];
          this.readings.push(ids.map((id) => id.slice(3, 4)).join(' '));
          await this.clock.sleep(CALL_MS, signal);
          if (this.error !== undefined) return { ok: false, error: this.error };
          const groups = new Map(ids.map((id) => [id, this.cloud.get(id) ?? DENIED]));
          return { ok: true, book: { groups, ...this.templates }, unread: this.unread };
        },
        readReferrers: () => Promise.reject(new Error('not asked')),
      },
      mode,
      clock: this.clock,
      random: seededRandom(1),
      log: { ...silentLog, warn: (_, message) => this.warnings.push(message) },
      signal: new AbortController().signal,
      maxAgeMs: MAX_AGE_MS,
      leadership: { mayAct: () => this.leads },
      onRead: (news) => this.news.push(news),
    });
  }

  async read(...groups: SecurityGroupId[]): Promise<void> {
    this.rules.need(groups, 'own');
    await this.clock.advance(CALL_MS);
  }

  refresh(...groups: SecurityGroupId[]): void {
    this.rules.lookAgain(groups, 'own');
    this.rules.keep(new Set(groups));
  }

  opens(): readonly string[] {
    const { changes } = this.rules.effects.change([], [A]);
    return changes.flatMap(({ services, effect }) => `${effect} ${JSON.stringify(services)}`);
  }
}

describe('the rules of a scope', () => {
  it('are read soon after groups were looked at, all of them together and each once', async () => {
    const world = new World();
    world.rules.look([A, B], 'own');
    world.rules.look([B, C], 'own');
    expect([A, B].map((id) => world.rules.state(id))).toEqual(['unread', 'unread']);
    await world.clock.advance(1_000);
    world.rules.look([A, B, C], 'own');
    await world.clock.advance(10_000);
    expect(world.readings).toEqual(['a b c']);
    expect([A, B, C].map((id) => world.rules.state(id))).toEqual(['known', 'known', 'known']);
    expect(world.news).toMatchObject([{ changed: new Set(), first: new Set([A, B, C]) }]);
    expect(world.opens()).toEqual(['opens ["tcp/22"]']);
  });

  it('are read at once for somebody who is about to write, and by one reading at a time', async () => {
    const world = new World();
    expect(world.rules.need([A], 'own')).toBe(false);
    expect(world.rules.need([A], 'own')).toBe(false);
    world.rules.look([B], 'own');
    expect(world.rules.need([C], 'own')).toBe(false);
    await world.clock.advance(CALL_MS);
    expect(world.rules.need([A], 'own')).toBe(true);
    expect(world.rules.need([A, C], 'own')).toBe(false);
    await world.clock.advance(CALL_MS);
    expect(world.rules.need([A, B, C], 'own')).toBe(true);
    expect(world.readings).toEqual(['a', 'c b']);
  });

  it('are old after the time that they may be trusted, and new again after a reading that tells nothing else', async () => {
    const world = new World();
    await world.read(A);
    const { effects } = world.rules;
    await world.clock.advance(MAX_AGE_MS);
    expect(world.rules.need([A], 'own')).toBe(false);
    await world.clock.advance(CALL_MS);
    expect(world.rules.need([A], 'own')).toBe(true);
    expect(world.rules.effects).toBe(effects);
    expect(world.news.at(-1)).toEqual({
      before: effects,
      after: effects,
      changed: new Set(),
      first: new Set(),
    });
  });

  it('tell at a sweep which groups read otherwise, and what they were before', async () => {
    const world = new World();
    await world.read(A, B);
    world.cloud.set(A, accepting('3389', '2'));
    world.cloud.set(B, accepting('80', '2'));
    world.refresh(A, B);
    await world.clock.advance(CALL_MS);
    const [, told] = world.news;
    expect(told).toMatchObject({ changed: new Set([A]), first: new Set() });
    expect(told?.before.allows([A]).changes).toMatchObject([{ services: ['tcp/22'] }]);
    expect(told?.after.allows([A]).changes).toMatchObject([{ services: ['tcp/3389'] }]);
    expect(world.rules.effects).toBe(told?.after);
  });

  it('read otherwise when a template that they refer to holds something else', async () => {
    const world = new World();
    const office = (...members: string[]) => ({ addressTemplates: new Map([['ipm-1', members]]) });
    world.cloud.set(A, { ingress: [{ action: 'ACCEPT', addressTemplate: 'ipmg-1' }], egress: [] });
    const groupOfOffice = { addressTemplateGroups: new Map([['ipmg-1', ['ipm-1']]]) };
    world.templates = { ...office('10.0.0.1'), ...groupOfOffice };
    await world.read(A, B);
    world.templates = { ...office('10.0.0.2'), ...groupOfOffice };
    world.refresh(A, B);
    await world.clock.advance(CALL_MS);
    expect(world.news.at(-1)).toMatchObject({ changed: new Set([A]) });
    world.templates = {};
    world.unread = [{ kind: 'addressTemplates', what: 'address templates', reason: 'busy', passing: true }];
    world.refresh(A, B);
    await world.clock.advance(CALL_MS);
    expect(world.news.at(-1)).toMatchObject({ changed: new Set() });
    world.unread = [{ kind: 'addressTemplates', what: 'address templates', reason: 'denied' }];
    world.refresh(A, B);
    await world.clock.advance(CALL_MS);
    expect(world.news.at(-1)).toMatchObject({ changed: new Set([A]) });
  });

  it('of a group that is under care no more are forgotten, and read when it is looked at again', async () => {
    const world = new World();
    await world.read(A, B);
    world.refresh(A);
    await world.clock.advance(CALL_MS);
    expect(world.readings).toEqual(['a b', 'a']);
    expect(world.rules.state(B)).toBe('unread');
    world.rules.look([B], 'own');
    await world.clock.advance(1_000);
    expect(world.rules.state(B)).toBe('known');
  });
});

describe('rules that cannot be read', () => {
  it('stay in force while that passes, are tried again with growing pauses, and are told once', async () => {
    const world = new World();
    await world.read(A);
    world.cloud.set(A, BUSY);
    world.refresh(A);
    await world.clock.advance(300_000);
    expect(world.rules.state(A)).toBe('known');
    expect(world.opens()).toEqual(['opens ["tcp/22"]']);
    expect(world.warnings).toHaveLength(1);
    expect(world.readings.length).toBeGreaterThan(6);
    expect(world.readings.length).toBeLessThan(16);
    world.cloud.set(A, accepting('22'));
    await world.clock.advance(100_000);
    const tries = world.readings.length;
    await world.clock.advance(300_000);
    expect(world.readings).toHaveLength(tries);
  });

  it('hold up whoever needs them for no longer than a try takes', async () => {
    const world = new World();
    world.error = NOBODY;
    expect(world.rules.need([A], 'own')).toBe(false);
    await world.clock.advance(CALL_MS);
    expect(world.news).toHaveLength(1);
    expect([world.rules.need([A], 'own'), world.rules.state(A)]).toEqual([true, 'unreadable']);
    await world.clock.advance(30_000);
    world.error = undefined;
    await world.clock.advance(60_000);
    expect(world.rules.state(A)).toBe('known');
  });

  it.each([
    { mode: 'auto', end: 'holds nothing up' },
    { mode: 'require', end: 'are refused' },
  ] as const)(
    'because it is denied are unreadable from then on, which the log tells once with the permission: $mode',
    async ({ mode, end }) => {
      const world = new World(mode);
      await world.read(A, B);
      world.cloud.set(A, DENIED);
      world.cloud.set(B, DENIED);
      world.refresh(A, B);
      await world.clock.advance(CALL_MS);
      expect(world.rules.state(A)).toBe('unreadable');
      expect(world.news.at(-1)).toMatchObject({ changed: new Set([A, B]) });
      world.rules.look([C], 'own');
      for (let sweep = 0; sweep < 4; sweep++) {
        world.refresh(A, B, C);
        await world.clock.advance(MAX_AGE_MS);
      }
      expect(world.warnings).toEqual([
        `the rules of ${A} cannot be read (nor 1 more): ${'unreadable' in DENIED ? DENIED.unreadable : ''}; ` +
          `${mode === 'auto' ? 'what depends on them cannot be told, and' : 'changes whose effect depends on them'} ${end}`,
      ]);
      expect(world.readings.filter((one) => one.includes('a'))).toHaveLength(2);
      world.cloud.set(A, accepting('22'));
      world.cloud.set(B, accepting('80'));
      await world.clock.advance(MAX_AGE_MS);
      world.refresh(A, B, C);
      await world.clock.advance(CALL_MS);
      expect(world.rules.state(A)).toBe('known');
    },
  );

  it('are tried again soon when somebody is about to write, for the group may be new', async () => {
    const world = new World();
    world.cloud.delete(A);
    await world.read(A);
    await world.clock.advance(15_000);
    world.cloud.set(A, accepting('22'));
    expect(world.rules.need([A], 'own')).toBe(false);
    await world.clock.advance(CALL_MS);
    expect([world.rules.need([A], 'own'), world.rules.state(A)]).toEqual([true, 'known']);
  });
});

describe('a replica', () => {
  it('reads nothing for a scope that is not its own, and what it was asked for once it is', async () => {
    const world = new World();
    world.leads = false;
    world.rules.look([A], 'own');
    expect(world.rules.need([B], 'own')).toBe(false);
    await world.clock.advance(10_000);
    expect(world.readings).toEqual([]);
    world.leads = true;
    world.rules.gained();
    await world.clock.advance(CALL_MS);
    expect(world.readings).toEqual(['b a']);
  });

  it('that is stopped in the middle of a reading tells nothing of it', async () => {
    const world = new World();
    world.rules.need([A], 'own');
    await world.clock.advance(CALL_MS / 2);
    await world.rules.stop();
    await world.clock.advance(10_000);
    expect([world.news, world.warnings, world.readings]).toEqual([[], [], ['a']]);
  });
});
