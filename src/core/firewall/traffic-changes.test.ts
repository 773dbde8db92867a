import { describe, expect, it } from 'vitest';
import { ingress, sg } from '../../../test/firewall/notation.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import { CompiledRules } from './compiled-rules.ts';
import type { RuleBook } from './rules.ts';
import { type ListChange, trafficChanges } from './traffic-changes.ts';
import { trafficLines } from './traffic-text.ts';

/** What is said of one instance whose rules for ingress change; `|` stands between groups. Without the reasons. */
function difference(before: string, after: string, book: Partial<RuleBook> = {}): string[] {
  const all = new Map<SecurityGroupId, ReturnType<typeof ingress>>(book.groups);
  const list = (text: string, side: string) =>
    text.split('|').map((group, place) => {
      const id = sg(`${side}${place}`);
      all.set(id, ingress(group));
      return id;
    });
  const change = { before: list(before, 'before'), after: list(after, 'after') };
  return lines(new CompiledRules({ ...book, groups: all }), [change]);
}

function lines(compiled: CompiledRules, changes: ListChange[]): string[] {
  return trafficLines(trafficChanges(compiled, changes)).map((line) =>
    line
      .replaceAll(/ +/g, ' ')
      .replace(/ on 1 instance/, '')
      .replace(/ \(because of .*\)/, ''),
  );
}

const NONE = ['no traffic changes: the groups change, but what they allow does not (1 instance)'];
const DB = 'A tcp:3306 10.0.0.0/8';
const BASE = 'D tcp:3306 any';

describe('a change of a list', () => {
  it.each([
    [1, '', 'A tcp:22 any', ['opens tcp/22 from 0.0.0.0/0']],
    [2, 'A tcp:22 any', '', ['closes tcp/22 from 0.0.0.0/0']],
    [3, 'A tcp:22 any; A tcp:80 any', 'A tcp:80 any; A tcp:22 any', NONE],
    [
      4,
      'D tcp:22 10.0.0.0/8; A tcp:22 any',
      'A tcp:22 any; D tcp:22 10.0.0.0/8',
      ['opens tcp/22 from 10.0.0.0/8'],
    ],
    [5, 'D all any; A tcp:80 any', 'A tcp:80 any; D all any', ['opens tcp/80 from 0.0.0.0/0']],
    [6, 'A tcp:1-1000 any; A tcp:22 10.0.0.0/8', 'A tcp:1-1000 any', NONE],
    [7, 'A tcp:443 any', 'A tcp:443 any; D all any', NONE],
    [
      8,
      'A tcp:20-30 10.0.0.0/8',
      'A tcp:25-40 10.0.0.0/8',
      ['opens tcp/31-40 from 10.0.0.0/8', 'closes tcp/20-24 from 10.0.0.0/8'],
    ],
    [10, 'A tcp:22 10.0.0.0/8', 'A tcp:22 10.0.0.0/9; A tcp:22 10.128.0.0/9', NONE],
    [11, 'A tcp:80 192.128.8.8/17', 'A tcp:80 192.128.0.0/17', NONE],
    [
      12,
      'A all 10.0.0.0/8',
      'A tcp:ALL 10.0.0.0/8; A udp:ALL 10.0.0.0/8; A icmp 10.0.0.0/8; A gre 10.0.0.0/8',
      ['closes other protocols from 10.0.0.0/8'],
    ],
    [13, 'A tcp:80,443 any', 'A tcp:443 any; A tcp:80 any', NONE],
    [
      14,
      'A tcp:22 10.0.0.1-10.0.0.100',
      'A tcp:22 10.0.0.0/25',
      ['opens tcp/22 from 10.0.0.0/32, 10.0.0.101/32, 10.0.0.102/31, 10.0.0.104/29, 10.0.0.112/28'],
    ],
    [16, `${DB}|${BASE}`, `${BASE}|${DB}`, ['closes tcp/3306 from 10.0.0.0/8']],
    [17, 'A tcp:3306 @sg-app', 'A tcp:3306 @sg-app; D all any', NONE],
    [18, 'A tcp:3306 @sg-a; A tcp:3306 @sg-b', 'A tcp:3306 @sg-b; A tcp:3306 @sg-a', NONE],
    [20, 'A tcp:22 any; D tcp:22 @sg-b', 'A tcp:22 any', NONE],
    [23, 'A %ppm-1 any; A tcp:22 any', 'A tcp:22 any; A %ppm-1 any', NONE],
    [24, 'A all any', 'A all any; A all ::/0', ['opens all from ::/0']],
    [25, 'A tcp:80 0.0.0.0/8', 'A tcp:80 0.0.0.0/0', NONE],
    [26, 'A tcp:ALL any', 'A tcp:1-65535 any', ['closes tcp/0 from 0.0.0.0/0']],
    [27, 'A icmp any', 'A icmp 10.0.0.0/8', ['closes icmp from 0.0.0.0/0 except 10.0.0.0/8']],
    [28, 'A tcp:80 any; A tcp:443 any|A tcp:443 10.0.0.0/8', 'A tcp:80 any; A tcp:443 any', NONE],
    [
      30,
      'A tcp:22 10.0.0.0/8',
      'A tcp:22 172.16.0.0/12',
      ['opens tcp/22 from 172.16.0.0/12', 'closes tcp/22 from 10.0.0.0/8'],
    ],
    [
      32,
      'D tcp:22 @sg-a; A tcp:22 10.0.0.0/8',
      'A tcp:22 10.0.0.0/8; D tcp:22 @sg-a',
      ['may open tcp/22 from members of sg-a in 10.0.0.0/8 (depends on who is in sg-a)'],
    ],
    [
      33,
      'A tcp:80 @ipm-x; D tcp:80 any',
      'D tcp:80 any; A tcp:80 @ipm-x',
      ['may close tcp/80 from ipm-x (IPv4) (depends on what ipm-x holds)'],
    ],
    [35, 'A tcp:22 10.0.0.0/8; A tcp:22 11.0.0.0/8', 'A tcp:22 10.0.0.0/7', NONE],
    [39, DB, `${DB}|${DB}`, NONE],
  ])('of vector %i, from [%s] to [%s], is exactly what it opens and closes', (_, before, after, expected) => {
    expect(difference(before, after)).toEqual(expected);
  });

  it('of vector 40 is told from what a template holds, once it was read', () => {
    const addressTemplates = new Map([['ipm-1', ['10.0.0.0/24', '10.0.1.0/24']]]);
    expect(difference('A tcp:22 @ipm-1', 'A tcp:22 10.0.0.0/23', { addressTemplates })).toEqual(NONE);
  });
});

describe('rules with texts that are not plain', () => {
  it.each([
    ['an address without a prefix is that one', 'A tcp:22 10.0.0.1', 'A tcp:22 10.0.0.1/32'],
    ['IPv6 may be written in any way', 'A tcp:22 2001:DB8:0:0::/32', 'A tcp:22 2001:db8::1/32'],
    ['0::0/0 is all of IPv6', 'A all 0::0/0', 'A all ::/0'],
    ['an IPv4 address may stand in an IPv6 one', 'A tcp:22 ::ffff:10.0.0.1', 'A tcp:22 ::FFFF:a00:1/128'],
    [
      'ports may be mixed, in any order',
      'A tcp:443,80,8000-8010 any',
      'A tcp:8000-8005,8003-8010,80,443 any',
    ],
    ['protocols may be written in any case', 'A TCP:22 any', 'A tcp:22 any'],
    ['ICMP is not for IPv6, nor ICMPV6 for IPv4', 'A icmp ::/0; A icmpv6 any', ''],
    ['a port of ICMP says nothing', 'A icmp:8 any', 'A icmp any'],
    ['a port of all protocols says nothing', 'A all:22 any', 'A ALL any'],
    ['an empty template holds nothing', 'A tcp:22 @ipm-empty', ''],
    [
      'a text that nobody can read is the same text wherever it stands',
      'A foo any; A tcp:1 any',
      'A tcp:1 any; A foo any',
    ],
    [
      'the same holds for an address',
      'A tcp:22 10.0.0.0/33; A tcp:22 any',
      'A tcp:22 any; A tcp:22 10.0.0.0/33',
    ],
  ])('%s', (_, before, after) => {
    expect(difference(before, after, { addressTemplates: new Map([['ipm-empty', []]]) })).toEqual(NONE);
  });

  it.each([
    ['A tcp:90-80 any', 'may open tcp from 0.0.0.0/0 (depends on what "tcp:90-80" means)'],
    ['A tcp:80,x any', 'may open tcp from 0.0.0.0/0 (depends on what "tcp:80,x" means)'],
    ['A udp:65536 any', 'may open udp from 0.0.0.0/0 (depends on what "udp:65536" means)'],
    ['A foo any', 'may open all from 0.0.0.0/0 (depends on what "foo" means)'],
    ['A tcp:22 fe80::1%eth0', 'may open tcp/22 from ::/0 (depends on what "fe80::1%eth0" means)'],
    [
      'A tcp:22 10.0.0.9-10.0.0.1',
      'may open tcp/22 from 0.0.0.0/0 (depends on what "10.0.0.9-10.0.0.1" means)',
    ],
    ['A tcp:22 010.0.0.1', 'may open tcp/22 from 0.0.0.0/0 (depends on what "010.0.0.1" means)'],
  ])('"%s" is unreadable and not empty', (rule, line) => {
    expect(difference('', rule)).toEqual([line]);
  });

  it('only the member of a template group that was not read is unknown', () => {
    const book = {
      addressTemplates: new Map([['ipm-1', ['10.0.0.0/8', '2001:db8::/32', 'what?']]]),
      addressTemplateGroups: new Map([['ipmg-1', ['ipm-1', 'ipm-2']]]),
      serviceTemplates: new Map([['ppm-1', ['tcp:80,443', 'udp:53', 'icmp:-', 'gre']]]),
      serviceTemplateGroups: new Map([['ppmg-1', ['ppm-1', 'ppm-2']]]),
    };
    const [http, what] = ['tcp/80, tcp/443, udp/53', 'what "what?" means'];
    const rest = 'tcp/0-79, tcp/81-442, tcp/444-65535, udp/0-52, udp/54-65535, other protocols';
    expect(difference('', 'A %ppmg-1 @ipmg-1', book)).toEqual([
      `opens ${http}, icmp, gre from 10.0.0.0/8`,
      `opens ${http}, gre from 2001:db8::/32`,
      `may open all but ${http}, gre from ::/0 except 2001:db8::/32 (depends on what ipm-2 holds, what ppm-2 holds, ${what})`,
      `may open ${http}, gre from ::/0 except 2001:db8::/32 (depends on what ipm-2 holds, ${what})`,
      `may open ${rest} from 0.0.0.0/0 except 10.0.0.0/8 (depends on what ipm-2 holds, what ppm-2 holds, ${what})`,
      `may open ${http}, icmp, gre from 0.0.0.0/0 except 10.0.0.0/8 (depends on what ipm-2 holds, ${what})`,
      `may open ${rest} from 10.0.0.0/8 (depends on what ppm-2 holds)`,
      `may open all but ${http}, gre from 2001:db8::/32 (depends on what ppm-2 holds)`,
    ]);
  });
});
