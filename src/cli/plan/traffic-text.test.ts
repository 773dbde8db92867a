import { describe, expect, it } from 'vitest';
import { groups, sg } from '../../../test/firewall/notation.ts';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { plan } from '../../core/plan.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import type { RuleReader } from '../../ports/rules.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { CommandContext } from '../command.ts';
import { type PlanTraffic, readTraffic } from './plan-traffic.ts';
import { openingHeading, planTrafficLines, rowTrafficLines } from './traffic-text.ts';

interface World {
  /** Rules by the name of their group; the first group is left and the second one joined. */
  readonly rules: Readonly<Record<string, string>>;
  /** Groups whose rules name the one that is joined. */
  readonly named?: readonly string[];
}

const [BEFORE, AFTER] = [sg('before'), sg('after')];
const ROW: PlanRow = {
  instanceId: 'ins-00000001' as InstanceId,
  binding: 'shop/web' as BindingKey,
  origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r' },
  scope: { account: 'default', region: 'ap-guangzhou' },
  observed: [BEFORE],
  desired: [AFTER],
  steps: plan([BEFORE], [AFTER]),
};

function trafficIn({ rules, named = [] }: World): Promise<PlanTraffic> {
  const all = groups(rules);
  const reader: RuleReader = {
    readRules: async (sgIds) => ({
      ok: true,
      book: { groups: new Map([...sgIds].map((sgId) => [sgId, all.get(sgId) ?? { unreadable: 'gone' }])) },
      unread: [],
    }),
    readReferrers: async () => ({ ok: true, referrers: new Map([[AFTER, named.map(sg)]]) }),
  };
  return readTraffic({ globals: { traffic: 'auto' } } as CommandContext, [ROW], {
    ruleReaders: { rules: () => reader },
    clock: new VirtualClock(0),
    timeoutMs: 1_000,
    signal: new AbortController().signal,
  });
}

const many = (length: number, rule: (index: number) => string) =>
  Array.from({ length }, (_, index) => rule(index)).join('; ');

describe('the traffic of one change', () => {
  it('is told in three lines, and the rest is counted, without the number of instances', async () => {
    const after = many(5, (index) => `A tcp:${index * 10 + 1} 10.${index}.0.0/16`);
    const traffic = await trafficIn({ rules: { before: '', after } });
    const lines = rowTrafficLines(traffic, ROW).map(({ text }) => text);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^opens {2}tcp\/1 +from 10\.0\.0\.0\/16 +\(because of sg-after ingress #0/);
    expect(lines[3]).toBe('and 2 more changes');
    expect(planTrafficLines(traffic)).toHaveLength(5);
  });

  it('cannot be told of a group that is not there, and says so beside what can', async () => {
    const traffic = await trafficIn({ rules: { before: 'A tcp:22 any' } });
    expect(rowTrafficLines(traffic, ROW).map(({ text }) => text.replaceAll(/ +/g, ' '))).toEqual([
      'cannot tell for all but tcp/22 from 0.0.0.0/0: rules of sg-after could not be read (gone)',
      expect.stringMatching(/^cannot tell for /),
      expect.stringMatching(/^cannot tell for /),
      expect.stringMatching(/^and \d+ more change/),
    ]);
  });
});

describe('the traffic of a plan', () => {
  it('counts effects on others after the tenth', async () => {
    const named = Array.from({ length: 13 }, (_, index) => `db-${index}`);
    const rules = {
      before: '',
      after: '',
      ...Object.fromEntries(named.map((name) => [name, 'A tcp:1 @sg-after'])),
    };
    const lines = planTrafficLines(await trafficIn({ rules, named }));
    expect(lines.filter(({ kind }) => kind === 'side effect')).toHaveLength(10);
    expect(lines.at(-1)).toEqual({ kind: 'rest', text: 'and 3 more side effects' });
  });

  it('has a heading that is cut where it would be too long', async () => {
    const blocks = (index: number) =>
      `A tcp:22 2001:db8:1234:5678:9abc:def0:${index + 1}001:${index + 1}111/128`;
    const traffic = await trafficIn({ rules: { before: '', after: many(9, blocks) } });
    const heading = openingHeading(traffic);
    expect(heading).toMatch(/^opens tcp\/22 from 2001:db8:1234:5678:9abc:def0:\S+, .* and 6 more$|…$/);
    expect(heading.length).toBeLessThanOrEqual(160);
  });

  it('has no heading when nothing opens', async () => {
    expect(openingHeading(await trafficIn({ rules: { before: 'A tcp:22 any', after: '' } }))).toBe('');
    expect(openingHeading({ state: 'off' })).toBe('');
  });
});
