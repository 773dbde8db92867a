import { expect, it } from 'vitest';
import { scopeDenial } from './allowed-scopes.ts';

const allowed = { regions: ['ap-guangzhou'], accounts: ['default', 'shop/*'] };

it.each([
  { account: 'default', region: 'ap-guangzhou', what: undefined },
  { account: 'shop/key', region: 'ap-guangzhou', what: undefined },
  { account: 'default', region: 'ap-beijing', what: 'region' },
  { account: 'data/key', region: 'ap-guangzhou', what: 'account' },
  { account: 'shop', region: 'ap-guangzhou', what: 'account' },
])('of $account in $region the policy denies: $what', ({ what, ...scope }) => {
  expect(scopeDenial(scope, allowed)?.what).toBe(what);
  expect(scopeDenial(scope, {})).toBeUndefined();
});
