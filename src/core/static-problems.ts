/** What a policy has against a binding that can be told without reading the cloud. */
import type { InstanceId } from '../api/ids.ts';
import { scopeDenial } from './allowed-scopes.ts';
import { forbiddenProblem } from './guards/forbidden.ts';
import { mustKeepProblem } from './guards/must-keep.ts';
import { noTenantText } from './guards/tenancy.ts';
import type { Binding } from './model.ts';
import type { Policy, RuleScope, Tenant } from './policy.ts';
import { ruleFit } from './rule-scope.ts';
import { declarerText, deniedGroups, instanceFit, isOfTenant } from './tenant-rights.ts';

export interface StaticProblem {
  readonly guard: 'tenancy' | 'must-keep' | 'forbidden';
  readonly message: string;
  readonly fix: string;
  /** The field of the binding's document that it speaks of. */
  readonly path: readonly (string | number)[];
}

/** Rules that ask for tags, and tenants that ask for tags or a VPC, are left to the guards, which know the instance. */
export function staticProblems(binding: Binding, policy: Policy): readonly StaticProblem[] {
  const { sgIds } = binding;
  const concerns = ({ where }: { readonly where: RuleScope }) =>
    ruleFit(where, { binding, observed: {} }) === 'yes';
  return [
    ...scopeProblems(binding, policy),
    ...tenancyProblems(binding, policy.tenants),
    ...policy.mustKeep.filter(concerns).flatMap((rule): StaticProblem[] => {
      const message = mustKeepProblem(rule, sgIds);
      if (message === undefined) return [];
      const index = sgIds.indexOf(rule.sgId);
      return [
        {
          guard: 'must-keep',
          message,
          fix:
            rule.position === undefined
              ? `add \`${rule.sgId}\``
              : `write \`${rule.sgId}\` at position ${rule.position}`,
          path: ['spec', 'sgIds', ...(index < 0 ? [] : [index])],
        },
      ];
    }),
    ...policy.forbidden.filter(concerns).flatMap((rule): StaticProblem[] => {
      const message = forbiddenProblem(rule, sgIds);
      if (message === undefined) return [];
      return [
        { guard: 'forbidden', message, fix: 'remove it', path: ['spec', 'sgIds', sgIds.indexOf(rule.sgId)] },
      ];
    }),
  ];
}

function scopeProblems({ scope }: Binding, policy: Policy): readonly StaticProblem[] {
  const denial = scopeDenial(scope, policy);
  if (denial === undefined) return [];
  const { what, message, fix } = denial;
  const path = what === 'region' ? ['spec', 'region'] : ['spec', 'credentialsRef', 'name'];
  return [{ guard: 'tenancy', message, fix, path }];
}

const TENANCY_FIX = 'remove it, or allow it in the policy';

function tenancyProblems(binding: Binding, tenants: readonly Tenant[]): readonly StaticProblem[] {
  if (tenants.length === 0) return [];
  const own = tenants.filter((tenant) => isOfTenant(tenant, binding));
  const [first] = own;
  if (first === undefined) {
    return [
      {
        guard: 'tenancy',
        message: noTenantText(tenants, binding),
        fix: 'move the binding, or let a tenant have it in the policy',
        path: ['metadata', 'namespace'],
      },
    ];
  }
  const names = own.map(({ name }) => `"${name}"`).join(', ');
  const whose = `${declarerText(binding)} is of tenant ${names}, which may not name`;
  const allowing = own.filter((tenant) => deniedGroups(tenant, binding.sgIds).length === 0);
  if (allowing.length === 0) {
    return deniedGroups(first, binding.sgIds).map((sgId) => ({
      guard: 'tenancy',
      message: `${whose} group "${sgId}"${own.length > 1 ? ' beside the others' : ''}`,
      fix: TENANCY_FIX,
      path: ['spec', 'sgIds', binding.sgIds.indexOf(sgId)],
    }));
  }
  return declaredIds(binding).flatMap((instanceId, index): StaticProblem[] => {
    if (allowing.some((tenant) => instanceFit(tenant, { instanceId }) !== 'no')) return [];
    return [
      {
        guard: 'tenancy',
        message: `${whose} instance "${instanceId}"`,
        fix: TENANCY_FIX,
        path: ['spec', 'instanceIds', index],
      },
    ];
  });
}

/** Members of a selector are known from the cloud alone. */
function declaredIds({ selector, instanceIds }: Binding): readonly InstanceId[] {
  return selector === undefined ? instanceIds : [];
}
