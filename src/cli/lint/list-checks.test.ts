import { describe, expect, it } from 'vitest';
import { groups, ingress, sg } from '../../../test/firewall/notation.ts';
import { formatPath } from '../../api/problem.ts';
import { CompiledRules } from '../../core/firewall/compiled-rules.ts';
import { orderedPairs } from '../../core/firewall/list-review.ts';
import type { GroupRules } from '../../core/firewall/rules.ts';
import { checkList } from './list-checks.ts';

/** What is told of the list of these groups, in their order: `warning lint/shadowed-rule spec.sgIds[1] why`. */
function review(texts: Readonly<Record<string, string>>, more: Readonly<Record<string, GroupRules>> = {}) {
  const book = { groups: groups(texts) };
  for (const [name, rules] of Object.entries(more)) book.groups.set(sg(name), rules);
  const rules = new CompiledRules(book);
  const sgIds = [...book.groups.keys()];
  return checkList({ sgIds, book, rules, orderedPairs: orderedPairs(rules, sgIds) });
}

const told = (...args: Parameters<typeof review>) =>
  review(...args).map(({ severity, rule, path }) => `${severity} ${rule} ${formatPath(path)}`);

describe('a list is told to have', () => {
  it.each([
    {
      what: 'a rule that an earlier group contradicts',
      a: 'D tcp:22 any',
      b: 'A tcp:22 10.0.0.0/8; A tcp:80 any',
      says: 'warning lint/shadowed-rule spec.sgIds[1]',
    },
    {
      what: 'a rule that earlier rules repeat in part and contradict in part',
      a: 'A tcp:22 10.0.0.0/9; D tcp:22 10.128.0.0/9',
      b: 'A tcp:22 10.0.0.0/8; A tcp:80 any',
      says: 'warning lint/shadowed-rule spec.sgIds[1]',
    },
    {
      what: 'a rule that only earlier rules of its kind cover',
      a: 'A tcp:22 any',
      b: 'A tcp:22 10.0.0.0/8; D tcp:80 any',
      says: 'info lint/redundant-rule spec.sgIds[1]',
    },
    {
      what: 'a group that says nothing new',
      a: 'A tcp:22 any',
      b: 'A tcp:22 10.0.0.0/8; D tcp:22 11.0.0.0/8',
      says: 'warning lint/shadowed-group spec.sgIds[1]',
    },
    {
      what: 'a rule that holds no packet',
      a: 'A tcp:22 any',
      b: 'A icmp 2001:db8::/32; D tcp:22-23 any',
      says: 'warning lint/shadowed-rule spec.sgIds[1]',
    },
  ])('$what', ({ a, b, says }) => {
    expect(told({ a, b })).toContain(says);
  });

  it('no rule in vain where members of a group decide that, and nobody knows them', () => {
    expect(told({ a: 'D tcp:22 @sg-app', b: 'A tcp:22 any' })).toEqual([]);
  });

  it('no rule in vain and no free order behind a group that could not be read', () => {
    expect(told({ b: 'A tcp:22 any' }, { c: { unreadable: 'denied' } })).toEqual([
      'error lint/unreadable-group spec.sgIds[1]',
    ]);
    const first: Readonly<Record<string, GroupRules>> = {
      c: { unreadable: 'denied' },
      d: ingress('A tcp:22 any'),
    };
    expect(told({}, first)).toEqual(['error lint/unreadable-group spec.sgIds[0]']);
  });

  it('nothing at all when it is empty, has one group, or has groups without rules', () => {
    expect(told({})).toEqual([]);
    expect(told({ a: 'A tcp:22 any' })).toEqual([]);
    expect(told({ a: '' })).toEqual([]);
  });
});

it('a rule that holds no packet is called so, and nobody is said to come first', () => {
  const [problem] = review({ a: 'A icmp 2001:db8::/32; A tcp:22 any' });
  expect(problem).toMatchObject({
    message: expect.stringMatching(/ can never match: it holds no packet$/),
    fix: 'correct the rule, or remove it',
  });
});
