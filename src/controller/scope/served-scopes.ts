/** Which scopes (accounts and regions) are served, as the controller asks it. */

import type { ConditionReason } from '../../api/conditions.ts';
import type { BindingKey } from '../../api/ids.ts';
import { quote } from '../../api/problem.ts';
import { type AllowedScopes, scopeDenial } from '../../core/allowed-scopes.ts';
import { type CloudError, failureText } from '../../core/cloud-error.ts';
import { failureReason } from '../../core/instance-status.ts';
import type { Scope } from '../../core/model.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { WantedScope } from './scope-demand.ts';

/** What the controller asks beside {@link Leadership}. */
export interface ServedScopes {
  /** What a binding names from now on; undefined when it is gone. */
  follow(key: BindingKey, wanted: WantedScope | undefined): void;
  isServed(scope: string): boolean;
  /** Why a scope is not served; undefined when it is, and while nobody knows. */
  obstacle(scope: string): ScopeObstacle | undefined;
  /** Whether this process speaks for the bindings of a scope, served or not. */
  mayTell(scope: string): boolean;
}

/** Serves every scope: for commands that work once. */
export const serveAll = (leadership: Leadership): ServedScopes => ({
  follow: (_, wanted) => {
    if (wanted !== undefined) leadership.join(wanted.scope);
  },
  isServed: () => true,
  obstacle: () => undefined,
  mayTell: (scope) => leadership.mayAct(scope),
});

/** Why a scope (an account and region) is not served, in the words of a condition. */
export interface ScopeObstacle {
  readonly reason: ConditionReason;
  /** What is wrong, and what to do about it. */
  readonly message: string;
  /** A person must act; otherwise it is tried again. */
  readonly isFinal: boolean;
}

/** The scope of a key as `scopeKey` makes it. */
export function scopeOf(key: string): Scope {
  const at = key.lastIndexOf('@');
  return { account: key.slice(0, at), region: key.slice(at + 1) };
}

/** What the policy has against a scope; undefined when nothing. */
export function notAllowed(scope: string, allowed: AllowedScopes): ScopeObstacle | undefined {
  const denial = scopeDenial(scopeOf(scope), allowed);
  if (denial === undefined) return undefined;
  return { reason: 'NotAllowed', message: `${denial.message}; ${denial.fix}`, isFinal: true };
}

/** Too many are named. @param counted what names them, such as `namespace "shop"`. */
export function tooMany(counted: string, most: number): ScopeObstacle {
  return {
    reason: 'TooManyScopes',
    message: `${counted} names more than ${most} accounts and regions, and this one came last; use fewer of them there, or have --max-scopes-per-namespace raised`,
    isFinal: true,
  };
}

/** The account and region have not answered yet. */
export function unanswered(scope: string, error: CloudError): ScopeObstacle {
  const { account, region } = scopeOf(scope);
  return {
    reason: failureReason(error.kind),
    message: `account ${quote(account)} in region ${quote(region)} has not answered yet: ${failureText(error, region)}`,
    isFinal: error.kind === 'region',
  };
}
