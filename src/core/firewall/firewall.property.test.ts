import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sg } from '../../../test/firewall/notation.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import { CompiledRules } from './compiled-rules.ts';
import type { GroupRules, Rule } from './rules.ts';
import { type TrafficChange, trafficChanges } from './traffic-changes.ts';

const services = fc.oneof(
  fc.record({
    protocol: fc.constantFrom('TCP', 'UDP'),
    port: fc.constantFrom('22', '20-30', '22,80', 'all', '1-65535'),
  }),
  fc.record({ protocol: fc.constantFrom('ALL', 'ICMP', 'ICMPV6', 'GRE') }),
  fc.record({ serviceTemplate: fc.constantFrom('ppm-a', 'ppm-b') }),
);
const addresses = fc.oneof(
  fc.record({
    cidrBlock: fc.constantFrom('0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '192.168.0.0/17'),
  }),
  fc.record({ ipv6CidrBlock: fc.constantFrom('::/0', '2001:db8::/32', '2001:db8:1::/48') }),
  fc.record({ securityGroupId: fc.constantFrom('sg-a', 'sg-b') }),
  fc.record({ addressTemplate: fc.constantFrom('ipm-a', 'ipm-b') }),
);
const rule: fc.Arbitrary<Rule> = fc
  .tuple(fc.constantFrom('ACCEPT' as const, 'DROP' as const), services, addresses)
  .map(([action, service, address]) => ({ action, ...service, ...address }));
const list = fc.array(fc.array(rule, { maxLength: 6 }), { maxLength: 3 });

type List = readonly (readonly Rule[])[];

/** What is told of one instance whose rules for ingress change, without the rules that are the reason. */
function told(before: List, after: List): Omit<TrafficChange, 'because'>[] {
  const groups = new Map<SecurityGroupId, GroupRules>();
  const ids = (rules: List, name: string) =>
    rules.map((ingress, place) => {
      const id = sg(`${name}${place}`);
      groups.set(id, { ingress, egress: [] });
      return id;
    });
  const change = { before: ids(before, 'before'), after: ids(after, 'after') };
  const { changes } = trafficChanges(new CompiledRules({ groups }), [change]);
  return changes.map(({ because: _, ...rest }) => rest);
}

const everyFamily = (action: Rule['action']): Rule => ({ action, protocol: 'ALL' });

describe('for any lists', () => {
  it('a list differs in nothing from itself, whatever its groups are called', () => {
    fc.assert(
      fc.property(list, (one) => {
        expect(told(one, one)).toEqual([]);
      }),
    );
  });

  it('what a change opens, the change back closes, and the other way round', () => {
    const turned = { opens: 'closes', closes: 'opens', conditional: 'conditional' } as const;
    const back = { open: 'close', close: 'open', 'open or close': 'open or close' } as const;
    const key = (change: object) => JSON.stringify(Object.entries(change).sort());
    fc.assert(
      fc.property(list, list, (before, after) => {
        const mirrored = told(after, before).map(({ may, ...change }) => ({
          ...change,
          effect: turned[change.effect],
          ...(may === undefined ? {} : { may: back[may] }),
        }));
        expect(mirrored.map(key).sort()).toEqual(told(before, after).map(key).sort());
      }),
    );
  });

  it('nothing that follows a rule for everything changes anything', () => {
    fc.assert(
      fc.property(list, list, fc.constantFrom('ACCEPT', 'DROP'), (one, other, action) => {
        const closed = [...one, [everyFamily(action)]];
        expect(told(closed, [...closed, ...other])).toEqual([]);
      }),
    );
  });

  it('what is told is the same however a list is cut into groups', () => {
    fc.assert(
      fc.property(list, list, (before, after) => {
        expect(
          told(
            [before.flat()],
            after.flat().map((one) => [one]),
          ),
        ).toEqual(told(before, after));
      }),
    );
  });

  it('a prefix or a port range that is split says the same', () => {
    fc.assert(
      fc.property(list, list, (before, after) => {
        expect(told(before.map(split), after)).toEqual(told(before, after));
      }),
    );
  });

  it('rules that accept, or that drop, may change places with their like', () => {
    fc.assert(
      fc.property(
        list,
        fc.array(rule, { maxLength: 6 }),
        fc.constantFrom('ACCEPT', 'DROP'),
        (other, rules, action) => {
          const alike = rules.map((one): Rule => ({ ...one, action }));
          expect(told([alike, ...other], [alike.toReversed(), ...other])).toEqual([]);
        },
      ),
    );
  });
});

/** The same rules with every prefix in two halves and every range of ports in two parts. */
function split(rules: readonly Rule[]): Rule[] {
  return rules.flatMap((one) => halves(one).flatMap(ports));
}

function halves(one: Rule): Rule[] {
  switch (one.cidrBlock) {
    case '0.0.0.0/0':
      return ['128.0.0.0/1', '0.0.0.0-127.255.255.255'].map((half) => ({ ...one, cidrBlock: half }));
    case '10.0.0.0/8':
      return ['10.0.0.0/9', '10.128.0.0/9'].map((half) => ({ ...one, cidrBlock: half }));
    default:
      return [one];
  }
}

function ports(one: Rule): Rule[] {
  if (one.port === '20-30') return ['25-30', '20-24'].map((port) => ({ ...one, port }));
  if (one.port === '22,80') return ['80', '22'].map((port) => ({ ...one, port }));
  return [one];
}
