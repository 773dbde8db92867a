import { describe, expect, it } from 'vitest';
import { FIRST, type Given, input, SECOND } from '../../../test/faults/guard-input.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import type { GroupKnowledge } from '../guard-port.ts';
import { realGroups } from './real-groups.ts';

const known = (limit: number, ...sgIds: readonly string[]): GroupKnowledge => ({
  state: 'known',
  limit,
  absent: new Set([FIRST, SECOND].filter((sgId) => !sgIds.includes(sgId)) as SecurityGroupId[]),
  names: new Map(sgIds.map((sgId) => [sgId as SecurityGroupId, `name of ${sgId}`])),
});

interface Row extends Given {
  readonly reason: string;
  readonly groups: GroupKnowledge;
  readonly result?: { readonly outcome: string; readonly reason: string };
  readonly said?: string;
}

const ROWS: readonly Row[] = [
  { reason: 'nobody looks', groups: { state: 'unchecked' } },
  {
    reason: 'what is not known is waited for',
    groups: { state: 'unknown', message: 'the call was refused' },
    result: { outcome: 'waiting', reason: 'GroupsUnverified' },
    said: 'the call was refused',
  },
  { reason: 'groups that exist pass', groups: known(2, FIRST, SECOND, 'sg-000other1') },
  {
    reason: 'a group that does not exist is refused with region and account',
    groups: known(5, FIRST),
    result: { outcome: 'refused', reason: 'UnknownGroup' },
    said: '"sg-000second": no such security group in gz (credentials default)',
  },
  {
    reason: 'a group that was not looked for since it is wanted is waited for',
    groups: { state: 'known', limit: 5, names: new Map([[FIRST as SecurityGroupId, '']]), absent: new Set() },
    result: { outcome: 'waiting', reason: 'GroupsUnverified' },
    said: '"sg-000second": not among the groups of the region as they were last read',
  },
  {
    reason: 'a group that is nearly the same is suggested by id and name',
    groups: known(5, FIRST, 'sg-000secodn'),
    result: { outcome: 'refused', reason: 'UnknownGroup' },
    said: 'did you mean "sg-000secodn", named "name of sg-000secodn"?',
  },
  {
    reason: 'one group too many is refused with both numbers',
    groups: known(1, FIRST, SECOND),
    result: { outcome: 'refused', reason: 'QuotaExceeded' },
    said: 'has 2 groups, and the cloud allows 1',
  },
  {
    reason: 'a wrong id is told before a quota',
    groups: known(1, FIRST),
    result: { outcome: 'refused', reason: 'UnknownGroup' },
    said: 'no such security group',
  },
];

describe('real-groups', () => {
  it.each(ROWS)('$reason', ({ reason, groups, result, said = '', ...given }) => {
    const spoken = realGroups(input({ ...given, rules: { groups } }));
    if (result === undefined) return expect(spoken, reason).toBeUndefined();
    expect(spoken, reason).toMatchObject({ guard: 'real-groups', ...result });
    expect(spoken?.message, reason).toContain(said);
  });

  it('suggests nothing that is not near', () => {
    const spoken = realGroups(input({ rules: { groups: known(5, FIRST, 'sg-9z8y7x6w') } }));
    expect(spoken?.message).not.toContain('did you mean');
  });
});

it('suggests no group that the tenant may not name', () => {
  const groups = known(5, FIRST, 'sg-000secona');
  const ask = (allowed: readonly string[]) => {
    const tenants = [{ name: 'shop', groups: [FIRST, SECOND, ...allowed] as SecurityGroupId[] }];
    const given = input({});
    return realGroups({
      ...given,
      rules: { ...given.rules, groups, policy: { ...given.rules.policy, tenants } },
    });
  };
  expect(ask([])?.message).not.toContain('did you mean');
  expect(ask(['sg-000secona'])?.message).toContain('did you mean "sg-000secona"');
});
