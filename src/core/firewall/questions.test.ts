/** Single questions about a list: a packet, shadowed rules, the order, remarks, and what membership means to others. */
import { describe, expect, it } from 'vitest';
import { groups, rules, sg } from '../../../test/firewall/notation.ts';
import { CompiledRules } from './compiled-rules.ts';
import { orderedPairs, shadowedRules } from './list-review.ts';
import { membershipEffects } from './membership.ts';
import { decidePacket, type Packet } from './packet.ts';
import { ruleRemarks } from './rule-meaning.ts';
import { membershipLine } from './traffic-text.ts';

const WEB = sg('web');
const BASE = sg('base');
const MYSQL: Packet = { direction: 'ingress', address: '10.0.0.9', protocol: 'tcp', port: 3306 };

describe('a packet', () => {
  const compiled = (texts: Readonly<Record<string, string>>) => new CompiledRules({ groups: groups(texts) });

  it('is decided by the first rule that holds it, in the order of the groups', () => {
    const book = compiled({ web: 'A tcp:80 any; A tcp:3306 10.0.0.0/8', base: 'D tcp:3306 any' });
    expect(decidePacket(book, [WEB, BASE], MYSQL)).toEqual({
      outcome: 'allowed',
      rule: { sgId: WEB, index: 1 },
      mayDecide: [],
      dependsOn: [],
    });
    expect(decidePacket(book, [BASE, WEB], MYSQL)).toMatchObject({
      outcome: 'refused',
      rule: { sgId: BASE, index: 0 },
    });
  });

  it('is refused when no rule holds it, for both directions and a list without groups', () => {
    const book = compiled({ web: 'A tcp:80 any' });
    const refused = { outcome: 'refused', mayDecide: [], dependsOn: [] };
    expect(decidePacket(book, [WEB], MYSQL)).toEqual(refused);
    expect(decidePacket(book, [WEB], { ...MYSQL, direction: 'egress', port: 80 })).toEqual(refused);
    expect(decidePacket(book, [], MYSQL)).toEqual(refused);
  });

  it('may depend on who is in a group, which is said with the rule that decides otherwise', () => {
    const book = compiled({ web: 'A tcp:3306 @sg-app; D tcp:3306 any' });
    expect(decidePacket(book, [WEB], MYSQL)).toEqual({
      outcome: 'depends',
      rule: { sgId: WEB, index: 1 },
      mayDecide: [{ sgId: WEB, index: 0, accepts: true }],
      dependsOn: [{ kind: 'members', name: 'sg-app' }],
    });
  });

  it('does not depend on what changes nothing', () => {
    const book = compiled({ web: 'A tcp:3306 @sg-app; A tcp:3306 any' });
    expect(decidePacket(book, [WEB], MYSQL)).toMatchObject({ outcome: 'allowed', dependsOn: [] });
  });

  it('depends on a group that was deleted or could not be read', () => {
    const book = compiled({ base: 'D all any' });
    expect(decidePacket(book, [sg('gone'), BASE], MYSQL)).toMatchObject({
      outcome: 'depends',
      rule: { sgId: BASE, index: 0 },
      dependsOn: [{ kind: 'rules', name: 'sg-gone' }],
    });
  });

  it('of a member is decided by the addresses of the members, where they were read', () => {
    const book = new CompiledRules({
      groups: groups({ web: 'A tcp:3306 @sg-app' }),
      members: new Map([['sg-app', ['10.0.0.9', '10.0.0.10']]]),
    });
    expect(decidePacket(book, [WEB], MYSQL)).toMatchObject({ outcome: 'allowed' });
    expect(decidePacket(book, [WEB], { ...MYSQL, address: '10.0.0.11' })).toMatchObject({
      outcome: 'refused',
    });
  });

  it('of a protocol without a name of its own is held by rules for all protocols only', () => {
    const book = compiled({ web: 'A tcp:all any; A all 10.0.0.0/8' });
    expect(
      decidePacket(book, [WEB], { direction: 'ingress', address: '10.0.0.9', protocol: 'esp' }),
    ).toMatchObject({
      rule: { sgId: WEB, index: 1 },
    });
  });

  it.each([
    [{ address: 'web-1' }, 'Expected an IPv4 or IPv6 address, got "web-1".'],
    [{ address: '10.0.0.0/8' }, 'Expected an IPv4 or IPv6 address, got "10.0.0.0/8".'],
    [{ port: 65_536 }, 'Expected a port from 0 to 65535 for tcp, got 65536.'],
  ])('with %j is none', (wrong, message) => {
    expect(() => decidePacket(compiled({}), [], { ...MYSQL, ...wrong })).toThrow(new RangeError(message));
  });
});

describe('shadowed rules', () => {
  const shadowed = (texts: Readonly<Record<string, string>>, list: readonly string[]) =>
    shadowedRules(new CompiledRules({ groups: groups(texts) }), list.map(sg));

  it('are told with all that take their packets, in the order of the list', () => {
    const web = 'A tcp:22 10.0.0.0/9; A tcp:22 10.128.0.0/9; D tcp:22 10.0.0.0/8; A tcp:23 any';
    expect(shadowed({ web }, ['web'])).toEqual([
      {
        sgId: WEB,
        index: 2,
        direction: 'ingress',
        place: 0,
        by: [
          { sgId: WEB, index: 0 },
          { sgId: WEB, index: 1 },
        ],
      },
    ]);
  });

  it('are all of a group that stands in the list twice, the second time', () => {
    expect(
      shadowed({ web: 'A tcp:22 any; D all any' }, ['web', 'web']).map(({ place, index }) => [place, index]),
    ).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it('are those behind a rule for everything, and not the rule that is for the other family', () => {
    const texts = { base: 'D all any', web: 'A tcp:80 any; A tcp:80 ::/0' };
    expect(shadowed(texts, ['base', 'web'])).toMatchObject([
      { sgId: WEB, index: 0, by: [{ sgId: BASE, index: 0 }] },
    ]);
  });

  it('hold no packet at all when their protocol is not one of their addresses', () => {
    expect(shadowed({ web: 'A icmp ::/0' }, ['web'])).toMatchObject([{ sgId: WEB, index: 0, by: [] }]);
  });

  it('are not those behind what nobody has read, but those behind the same once more', () => {
    expect(shadowed({ web: 'A tcp:22 @sg-a; D tcp:22 10.0.0.0/8' }, ['gone', 'web'])).toEqual([]);
    expect(shadowed({ web: 'A tcp:20-30 @sg-a; D tcp:22 @sg-a' }, ['web'])).toMatchObject([
      { index: 1, by: [{ sgId: WEB, index: 0 }] },
    ]);
  });
});

describe('the order of a list', () => {
  const ordered = (texts: Readonly<Record<string, string>>, list: readonly string[]) =>
    orderedPairs(new CompiledRules({ groups: groups(texts) }), list.map(sg));

  it('matters between groups of which one accepts what the other drops', () => {
    const texts = { web: 'A tcp:80 any', db: 'A tcp:3306 10.0.0.0/8', base: 'D tcp:3306 any' };
    expect(ordered(texts, ['web', 'db', 'base'])).toEqual([{ first: sg('db'), second: BASE }]);
  });

  it('does not matter for groups that only accept', () => {
    expect(ordered({ web: 'A tcp:80 any', db: 'A tcp:80 @sg-app; A %ppm-1 any' }, ['web', 'db'])).toEqual([]);
  });

  it('may matter when the rules of a group could not be read', () => {
    expect(ordered({ web: 'A tcp:80 any' }, ['web', 'gone'])).toHaveLength(1);
  });
});

describe('remarks on rules', () => {
  it('say where a text means something else than one would read', () => {
    const ingress = [
      ...rules(
        'A tcp:80 0.0.0.0/8; A tcp:80 0.0.0.0/0; A tcp:80 @ipm-1; A tcp:80-20 any; A tcp:80 10.0.0.300',
      ),
      { action: 'DROP' as const },
    ];
    const book = {
      groups: new Map([[WEB, { ingress, egress: [] }]]),
      addressTemplates: new Map([['ipm-1', ['0.0.0.0/8']]]),
    };
    const at = { sgId: WEB, direction: 'ingress' };
    expect(ruleRemarks(book)).toEqual([
      { ...at, index: 0, remark: 'zero-network' },
      { ...at, index: 2, remark: 'literal-zero-network' },
      { ...at, index: 3, remark: 'unreadable' },
      { ...at, index: 4, remark: 'unreadable' },
      { ...at, index: 5, remark: 'no-address' },
      { ...at, index: 5, remark: 'no-service' },
    ]);
  });
});

describe('leaving and joining a group', () => {
  const book = {
    groups: groups({ db: 'A tcp:22 any; A tcp:3306 @sg-app', web: 'D %ppm-1 @sg-web', app: 'A all @sg-app' }),
  };

  it('is told with each rule that names the group, of its own group too', () => {
    const changes = [
      { before: [sg('app'), WEB], after: [WEB], instances: 12 },
      { before: [sg('app')], after: [sg('app'), WEB] },
    ];
    expect(membershipEffects(book, changes).map((effect) => membershipLine(effect, book))).toEqual([
      'side effect: 12 instances leave sg-app, which sg-app ingress all admits',
      'side effect: 12 instances leave sg-app, which sg-db ingress tcp:3306 admits',
      'side effect: 1 instance joins sg-web, which sg-web ingress ppm-1 refuses',
    ]);
  });

  it('is nothing when only the order changes', () => {
    expect(membershipEffects(book, [{ before: [sg('app'), WEB], after: [WEB, sg('app')] }])).toEqual([]);
  });
});
