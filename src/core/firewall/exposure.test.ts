import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groups, rules, sg } from '../../../test/firewall/notation.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import type { ExposureRule } from '../policy.ts';
import { forbiddenOpenings, openingText } from './exposure.ts';
import { ListEffects } from './list-effects.ts';
import type { GroupRules } from './rules.ts';

const RULE: ExposureRule = {
  name: 'no remote shell from outside',
  direction: 'ingress',
  services: ['tcp/22', 'tcp/3389'],
  addresses: ['0.0.0.0/0', '::/0'],
  except: [],
  conditional: 'deny',
  approval: 'deny',
  where: {},
};
const list = (names: string) => names.split(' ').filter(Boolean).map(sg);

function openings(
  texts: Readonly<Record<string, string>>,
  change: { readonly before: string; readonly after: string },
  over: Partial<ExposureRule> = {},
): string[] {
  const effects = new ListEffects({ groups: groups(texts) });
  const lists = { before: list(change.before), after: list(change.after) };
  return forbiddenOpenings(effects, lists, { ...RULE, ...over }).map(openingText);
}

describe('what a rule of the policy forbids of a change', () => {
  const WEB = 'A tcp:80 any; A tcp:20-25 any';
  it.each([
    {
      what: 'of a wide opening, the forbidden service alone, with the rule that opens it',
      texts: { web: 'A tcp:20-21 10.0.0.0/8; A tcp:20-25 any' },
      change: { before: '', after: 'web' },
      found: ['opens tcp/22 from 0.0.0.0/0, because sg-web ingress #1'],
    },
    {
      what: 'nothing where it was open before',
      texts: { web: WEB, other: 'A tcp:22 any' },
      change: { before: 'other', after: 'web other' },
      found: [],
    },
    {
      what: 'an opening that comes with another order alone',
      texts: { web: WEB, base: 'D tcp:22 any' },
      change: { before: 'base web', after: 'web base' },
      found: ['opens tcp/22 from 0.0.0.0/0, because sg-web ingress #1'],
    },
    { what: 'nothing of what closes', texts: { web: WEB }, change: { before: 'web', after: '' }, found: [] },
    {
      what: 'the addresses that are not excepted',
      texts: { web: 'A tcp:22 any' },
      change: { before: '', after: 'web' },
      over: { except: ['10.0.0.0/8'] },
      found: ['opens tcp/22 from 0.0.0.0/0 except 10.0.0.0/8, because sg-web ingress #0'],
    },
    {
      what: 'nothing where all that opens is excepted',
      texts: { web: 'A tcp:22 10.1.0.0/16' },
      change: { before: '', after: 'web' },
      over: { except: ['10.0.0.0/8'] },
      found: [],
    },
    {
      what: 'IPv6 as well, by itself',
      texts: { web: 'A tcp:3389 2001:db8::/32' },
      change: { before: '', after: 'web' },
      found: ['opens tcp/3389 from 2001:db8::/32, because sg-web ingress #0'],
    },
    {
      what: 'what opens for everything, of every service when the rule names none',
      texts: { web: 'A all 203.0.113.0/24' },
      change: { before: '', after: 'web' },
      over: { services: undefined as never },
      found: ['opens tcp, udp, icmp, gre, other protocols from 203.0.113.0/24, because sg-web ingress #0'],
    },
    {
      what: 'what may open, by who is in a group',
      texts: { web: 'A tcp:22 @sg-app' },
      change: { before: '', after: 'web' },
      found: [
        'may open tcp/22 from 0.0.0.0/0, which depends on who is in sg-app, because sg-web ingress #0',
        'may open tcp/22 from ::/0, which depends on who is in sg-app, because sg-web ingress #0',
      ],
    },
    {
      what: 'nothing of that where the rule lets it pass',
      texts: { web: 'A tcp:22 @sg-app' },
      change: { before: '', after: 'web' },
      over: { conditional: 'allow' as const },
      found: [],
    },
    {
      what: 'nothing that depends on a group that cannot be read, for nobody can tell',
      texts: { web: 'A tcp:22 any' },
      change: { before: '', after: 'unread web' },
      found: [],
    },
  ])('is $what', ({ texts, change, over, found }) => {
    expect(openings(texts, change, over)).toEqual(found);
  });

  it('is what leaves, for a rule about targets', () => {
    const book = { groups: new Map([[sg('web'), { ingress: [], egress: rules('A all any') }]]) };
    const rule: ExposureRule = {
      ...RULE,
      direction: 'egress',
      services: ['tcp/25'],
      addresses: ['0.0.0.0/0'],
    };
    const found = forbiddenOpenings(new ListEffects(book), { before: [], after: list('web') }, rule);
    expect(found.map(openingText)).toEqual(['opens tcp/25 to 0.0.0.0/0, because sg-web egress #0']);
  });
});

describe('forbidden openings of random lists', () => {
  const port = fc.integer({ min: 20, max: 24 });
  const address = fc.constantFrom('10.0.0.0/30', '10.0.0.0/31', '10.0.0.2/32', '10.0.0.3/32');
  const rule = fc.record({ accepts: fc.boolean(), first: port, more: fc.nat(2), address });
  const group = fc.array(rule, { maxLength: 4 });
  const asRules = (
    drawn: readonly { accepts: boolean; first: number; more: number; address: string }[],
  ): GroupRules => ({
    ingress: drawn.map(({ accepts, first, more, address: cidrBlock }) => ({
      action: accepts ? 'ACCEPT' : 'DROP',
      protocol: 'tcp',
      port: `${first}-${first + more}`,
      cidrBlock,
    })),
    egress: [],
  });
  const inPrefix = (text: string, last: number) => {
    const [base = '', bits = '32'] = text.split('/');
    const size = 2 ** (32 - Number(bits));
    const from = Number(base.split('.')[3]);
    return last >= from && last < from + size;
  };
  const accepts = (
    lists: readonly (readonly { accepts: boolean; first: number; more: number; address: string }[])[],
    at: number,
    last: number,
  ) =>
    lists
      .flat()
      .find(({ first, more, address: where }) => at >= first && at <= first + more && inPrefix(where, last))
      ?.accepts ?? false;

  it('hold exactly the packets that are refused before, accepted after, and forbidden', () => {
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 3, maxLength: 3 }),
        fc.tuple(port, port),
        fc.subarray(['10.0.0.1/32', '10.0.0.2/31']),
        (drawn, services, except) => {
          const ids = drawn.map((_, index) => sg(`g${index}`));
          const effects = new ListEffects({
            groups: new Map(drawn.map((one, index) => [ids[index] as SecurityGroupId, asRules(one)])),
          });
          const [a, b, c] = ids as [SecurityGroupId, SecurityGroupId, SecurityGroupId];
          const [before, after] = [
            [0, 1],
            [2, 1, 0],
          ].map((order) => order.map((at) => drawn[at] ?? []));
          const found = forbiddenOpenings(
            effects,
            { before: [a, b], after: [c, b, a] },
            { ...RULE, services: services.map((one) => `tcp/${one}`), addresses: ['10.0.0.0/24'], except },
          );
          for (let at = 19; at <= 27; at++) {
            for (let last = 0; last < 5; last++) {
              const forbidden = services.includes(at) && !except.some((one) => inPrefix(one, last));
              const opened = !accepts(before ?? [], at, last) && accepts(after ?? [], at, last);
              const told = found.some(
                (one) =>
                  one.services.some((text) => {
                    const [from = 0, to = from] = text.slice(4).split('-').map(Number);
                    return at >= from && at <= to;
                  }) &&
                  !('except' in one.addresses) &&
                  one.addresses.some((text) => inPrefix(text, last)),
              );
              expect(told).toBe(forbidden && opened);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
