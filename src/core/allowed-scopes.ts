/** Which accounts and regions the policy lets bindings name. */
import { quote } from '../api/problem.ts';
import { matchesAnyGlob } from './glob.ts';
import type { Scope } from './model.ts';

/** What is not said allows all. */
export interface AllowedScopes {
  /** Long region names. */
  readonly regions?: readonly string[];
  /** Globs over the names of accounts: `default`, a profile, or `namespace/secret`. */
  readonly accounts?: readonly string[];
}

export interface ScopeDenial {
  /** What of the scope is not allowed. */
  readonly what: 'region' | 'account';
  readonly message: string;
  readonly fix: string;
}

/** Most names that a message lists. */
const MAX_NAMED = 5;

/** Why a scope is not allowed; undefined when it is. */
export function scopeDenial(
  { region, account }: Scope,
  { regions, accounts }: AllowedScopes,
): ScopeDenial | undefined {
  if (regions !== undefined && !regions.includes(region)) {
    return {
      what: 'region',
      message: `the policy does not allow region ${quote(region)}`,
      fix: `write one of ${listed(regions)}, or add it to \`regions\` of the policy`,
    };
  }
  if (accounts !== undefined && !matchesAnyGlob(accounts, account)) {
    return {
      what: 'account',
      message: `the policy does not allow account ${quote(account)}`,
      fix: `name other credentials (allowed: ${listed(accounts)}), or add it to \`accounts\` of the policy`,
    };
  }
  return undefined;
}

function listed(names: readonly string[]): string {
  const named = names.slice(0, MAX_NAMED).join(', ');
  return names.length > MAX_NAMED ? `${named} and ${names.length - MAX_NAMED} more` : named;
}
