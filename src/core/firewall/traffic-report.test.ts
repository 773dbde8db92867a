/** The report over a fleet, as data and as text. */
import { describe, expect, it } from 'vitest';
import { groups, ingress, rules, sg } from '../../../test/firewall/notation.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import { CompiledRules } from './compiled-rules.ts';
import type { GroupRules, RuleBook } from './rules.ts';
import { joinedReport, type ListChange, ListComparison, trafficChanges } from './traffic-changes.ts';
import { openingsText, trafficLines } from './traffic-text.ts';

const [WEB, DB, BASE] = [sg('web'), sg('db'), sg('base')] as const;
const BOOK: RuleBook = {
  groups: groups({
    web: 'A tcp:80 any',
    db: 'A tcp:3306 10.0.0.0/8; A tcp:33060 @sg-app',
    base: 'D tcp:3306 any; A icmp any',
  }),
};

const report = (book: RuleBook, changes: readonly ListChange[]) =>
  trafficChanges(new CompiledRules(book), changes);
const lines = (book: RuleBook, changes: readonly ListChange[]) => trafficLines(report(book, changes), book);

describe('the report', () => {
  it('is data: what happens to which packets, of how many instances, and by which rules', () => {
    expect(report(BOOK, [{ before: [DB, BASE], after: [BASE, DB], instances: 12 }])).toEqual({
      changes: [
        {
          direction: 'ingress',
          family: 'ipv4',
          effect: 'closes',
          dependsOn: [],
          services: ['tcp/3306'],
          addresses: ['10.0.0.0/8'],
          because: { before: { sgId: DB, index: 0 }, after: { sgId: BASE, index: 0 } },
          instances: 12,
        },
      ],
      unchanged: { reordered: 0, regrouped: 0 },
    });
  });

  it('survives JSON', () => {
    const made = report(BOOK, [{ before: [DB, BASE], after: [BASE] }]);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  it('counts instances with the same lists together, in whichever order they come', () => {
    const one = { before: [DB, BASE], after: [BASE, DB] };
    const other = { before: [WEB, DB], after: [WEB] };
    const apart = [one, other, one, { ...one, instances: 3 }];
    const made = report(BOOK, apart);
    expect(made).toEqual(report(BOOK, [other, { ...one, instances: 5 }]));
    expect(made).toEqual(report(BOOK, apart.toReversed()));
  });

  it('joins what is the same for several lists, and leaves out the reason when it is not', () => {
    const changes = [
      { before: [DB], after: [] },
      { before: [WEB, DB], after: [WEB], instances: 2 },
    ];
    const [closed] = report(BOOK, changes).changes;
    expect(closed).toMatchObject({ effect: 'closes', services: ['tcp/3306'], instances: 3 });
    expect(closed?.because).toEqual({ before: { sgId: DB, index: 0 } });
    const [other] = report(BOOK, [...changes, { before: [BASE, DB], after: [BASE, WEB] }]).changes;
    expect(other).toMatchObject({ effect: 'opens', services: ['tcp/80'] });
    const reasons = report(BOOK, [
      { before: [], after: [WEB] },
      { before: [BASE], after: [WEB, BASE], instances: 2 },
      { before: [DB, BASE], after: [BASE, DB] },
      { before: [DB], after: [] },
    ]).changes;
    expect(
      reasons.map(({ services, instances, because }) => [services, instances, because === undefined]),
    ).toEqual([
      [['tcp/80'], 3, false],
      [['tcp/3306'], 2, true],
      [['tcp/33060'], 1, false],
      [['tcp/33060'], 1, false],
    ]);
  });

  it('has one order, whatever the groups are called', () => {
    const texts = [
      'A tcp:22,80 10.0.0.0/8',
      'A tcp:22,81 10.0.0.0/8',
      'A tcp:22 10.0.0.0/9; A tcp:22 12.0.0.0/9',
      'A tcp:22 10.0.0.0/8',
    ];
    const told = (names: readonly string[]) =>
      report(
        { groups: groups(Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']))) },
        names.map((name) => ({ before: [], after: [sg(name)] })),
      ).changes.map(({ because: _, ...change }) => change);
    expect(told(['d', 'c', 'b', 'a'])).toEqual(told(['a', 'b', 'c', 'd']));
    expect(told(['a', 'b', 'c', 'd'])).toHaveLength(4);
  });

  it('counts instances of which the list changes and nothing else', () => {
    const changes = [
      { before: [WEB, BASE], after: [BASE, WEB], instances: 4 },
      { before: [WEB], after: [WEB, WEB], instances: 2 },
      { before: [WEB], after: [WEB], instances: 99 },
    ];
    const book = { groups: new Map([...BOOK.groups, [sg('web2'), ingress('A tcp:80 any')]]) };
    expect(report(book, [...changes, { before: [WEB], after: [sg('web2')] }])).toEqual({
      changes: [],
      unchanged: { reordered: 6, regrouped: 1 },
    });
  });

  it('closes everything when no group is left', () => {
    const all = { groups: groups({ all: 'A all any; A all ::/0' }) };
    expect(lines(all, [{ before: [sg('all')], after: [] }])).toEqual([
      'closes  all  from anywhere (IPv4 and IPv6)  on 1 instance  (because of no rule; before: sg-all ingress #0 ACCEPT all 0.0.0.0/0)',
    ]);
  });

  it('tells ingress from egress, and names the target', () => {
    const book = { groups: new Map([[WEB, { ingress: [], egress: rules('A all any; A tcp:443 ::/0') }]]) };
    expect(report(book, [{ before: [], after: [WEB] }]).changes).toMatchObject([
      { direction: 'egress', family: 'ipv4', services: { all: true, except: [] } },
      { direction: 'egress', family: 'ipv6', services: ['tcp/443'] },
    ]);
    expect(lines(book, [{ before: [], after: [WEB] }])[1]).toContain('opens  tcp/443  to ::/0 ');
  });

  it('finds every change and no more when many rules depend on a group and on a template at once', () => {
    const rule = (index: number) => `${index % 3 === 0 ? 'D' : 'A'} %ppm-${index % 7} @sg-g${index % 5}`;
    const compound = Array.from({ length: 35 }, (_, index) => rule(index)).join('; ');
    const book = {
      groups: groups({ many: compound, same: compound, other: compound.replace('A %ppm-1', 'D %ppm-1') }),
    };
    expect(report(book, [{ before: [sg('many')], after: [sg('same')] }]).changes).toEqual([]);
    const changed = report(book, [{ before: [sg('many')], after: [sg('other')] }]).changes;
    expect(changed).toMatchObject([
      { family: 'ipv4', effect: 'conditional', may: 'close' },
      { family: 'ipv6', effect: 'conditional', may: 'close' },
    ]);
  });
});

describe('the text', () => {
  it('has a line for each change, aligned, with the reason, and counts those that change nothing', () => {
    const changes = [
      { before: [DB, BASE], after: [BASE, DB], instances: 12 },
      { before: [], after: [WEB] },
      { before: [BASE], after: [BASE, DB], instances: 3 },
      { before: [WEB, BASE], after: [BASE, WEB], instances: 4 },
    ];
    expect(lines(BOOK, changes)).toEqual([
      'opens     tcp/80     from 0.0.0.0/0          on 1 instance    (because of sg-web ingress #0 ACCEPT tcp:80 0.0.0.0/0; before: no rule)',
      'closes    tcp/3306   from 10.0.0.0/8         on 12 instances  (because of sg-base ingress #0 DROP tcp:3306 0.0.0.0/0; before: sg-db ingress #0 ACCEPT tcp:3306 10.0.0.0/8)',
      'may open  tcp/33060  from members of sg-app  on 3 instances   (depends on who is in sg-app)',
      'no traffic changes: the order changes, but no rule depends on it (4 instances)',
    ]);
  });

  it('says that it cannot tell, and why, when the rules of a group could not be read', () => {
    const why = 'UnauthorizedOperation: needs cvm:DescribeSecurityGroupPolicys';
    const book = {
      groups: new Map<SecurityGroupId, GroupRules>([...BOOK.groups, [sg('x'), { unreadable: why }]]),
    };
    expect(lines(book, [{ before: [sg('x'), WEB], after: [WEB, sg('x')] }])).toEqual([
      `cannot tell for  tcp/80  from 0.0.0.0/0  on 1 instance: rules of sg-x could not be read (${why})`,
    ]);
    expect(lines(BOOK, [{ before: [sg('gone')], after: [] }])[0]).toContain(
      'rules of sg-gone could not be read',
    );
  });

  it('shows the first twenty changes, of everything a few, and counts the rest', () => {
    const ports = Array.from({ length: 30 }, (_, index) => `A tcp:${index * 2} 10.0.${index}.0/24`).join(
      '; ',
    );
    const addresses = Array.from({ length: 12 }, (_, index) => `A udp:53 10.1.${index * 2}.0/24`).join('; ');
    const made = lines({ groups: groups({ many: `${ports}; ${addresses}` }) }, [
      { before: [], after: [sg('many')] },
    ]);
    expect(made).toHaveLength(21);
    expect(made[0]).toMatch(/ udp\/53 .* from 10\.1\.0\.0\/24, .*, 10\.1\.14\.0\/24 and 4 more /);
    expect(made.at(-1)).toBe('and 11 more changes');
  });
});

describe('the changes that have no line', () => {
  it('are counted by what they do, where that is not what the last line says', () => {
    const book: RuleBook = {
      groups: groups({
        before: 'A tcp:1 10.0.0.0/8; A tcp:3 10.1.0.0/16; A tcp:5 @sg-app; A tcp:11 @sg-b',
        after: 'A tcp:7 10.0.0.0/8; A tcp:9 10.1.0.0/16',
      }),
    };
    const made = report(book, [{ before: [sg('before')], after: [sg('after')] }]);
    const rest = (most: number) => trafficLines(made, { most }).at(-1);
    expect(rest(1)).toBe('and 5 more changes (1 opens, 2 close, 2 depend on something)');
    expect(rest(3)).toBe('and 3 more changes (1 closes, 2 depend on something)');
    expect(rest(5)).toBe('and 1 more change');
  });
});

describe('a report over several books', () => {
  const part = (texts: Readonly<Record<string, string>>, ...listChanges: ListChange[]) => ({
    comparison: new ListComparison(new CompiledRules({ groups: groups(texts) })),
    listChanges,
  });
  const said = (...parts: ReturnType<typeof part>[]) => trafficLines(joinedReport(parts));
  const south = part(
    { web: 'A tcp:80 any; A tcp:22 10.0.0.0/8', off: 'D icmp any' },
    { before: [sg('off')], after: [sg('web'), sg('off')], instances: 2 },
    { before: [sg('off'), sg('web')], after: [sg('web'), sg('off')], instances: 4 },
  );
  const north = part(
    { front: 'A tcp:8000-9000 10.0.0.0/8; A tcp:80 any' },
    { before: [], after: [sg('front')], instances: 3 },
  );

  it('joins what happens to the same packets, whatever the groups are called, and leaves out the reasons', () => {
    expect(said(south, north).map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'opens tcp/80 from 0.0.0.0/0 on 5 instances',
      'opens tcp/22 from 10.0.0.0/8 on 2 instances (because of sg-web ingress #1; before: no rule)',
      'opens tcp/8000-9000 from 10.0.0.0/8 on 3 instances (because of sg-front ingress #0; before: no rule)',
      'no traffic changes: the order changes, but no rule depends on it (4 instances)',
    ]);
    expect(said(north, south)).toEqual(said(south, north));
  });

  it('is that of the one book where there is one', () => {
    expect(said(south)).toEqual(
      trafficLines({ ...joinedReport([part({}), south]), unchanged: { reordered: 4, regrouped: 0 } }),
    );
  });
});

describe('what opens, as part of a sentence', () => {
  const opened = (before: string, after: string) =>
    openingsText(
      report({ groups: groups({ before, after }) }, [{ before: [sg('before')], after: [sg('after')] }]),
    );

  it.each([
    ['', 'A tcp:22 any', 'opens tcp/22 from 0.0.0.0/0'],
    ['', 'A all any; A all ::/0', 'opens all from anywhere (IPv4 and IPv6)'],
    ['A icmp any', 'A tcp:22 any; A tcp:3306 10.0.0.0/8', 'opens tcp/22 from 0.0.0.0/0 and 1 more'],
    ['', 'A tcp:1,3,5,7,9 any', 'opens tcp/1, tcp/3, tcp/5 and 2 more from 0.0.0.0/0'],
    ['', 'A tcp:22 @sg-app', 'may open tcp/22 from members of sg-app'],
    ['A tcp:22 any; A tcp:23 @sg-app', '', ''],
    ['A tcp:22 any', 'A tcp:22 any', ''],
  ])('%s → %s: %s', (before, after, text) => {
    expect(opened(before, after)).toBe(text);
  });
});
