/** Who may name which accounts, regions, instances and groups. */
import { scopeDenial } from '../allowed-scopes.ts';
import type { Guard } from '../guard-port.ts';
import type { Binding, ObservedInstance } from '../model.ts';
import type { Tenant } from '../policy.ts';
import { declarerText, deniedGroups, instanceFit, isOfTenant } from '../tenant-rights.ts';

/** Most tenants that one message names. */
const MAX_NAMED = 3;

/** Without tenants everybody may name everything. With any, one of them must allow the instance and every group. */
export const tenancy: Guard = ({ binding, observed, rules }) => {
  const { tenants } = rules.policy;
  const scope = scopeDenial(binding.scope, rules.policy);
  if (scope !== undefined) {
    const message = `${scope.message}; ${scope.fix}`;
    return { guard: 'tenancy', outcome: 'refused', reason: 'NotAllowed', message };
  }
  if (tenants.length === 0) return undefined;
  const own = tenants.filter((tenant) => isOfTenant(tenant, binding));
  const denials = own.map((tenant) => denial(tenant, binding, observed));
  if (denials.includes(undefined)) return undefined;
  return {
    guard: 'tenancy',
    outcome: 'refused',
    reason: 'NotAllowed',
    message:
      own.length === 0
        ? `${noTenantText(tenants, binding)}: move the binding, or let a tenant have it in the policy`
        : `${listed(denials.filter((one) => one !== undefined))}: take it out of the binding of ${declarerText(binding)}, or allow it in the policy`,
  };
};

/** What is said when a declaration is nobody's. */
export function noTenantText(
  tenants: readonly Tenant[],
  declarer: Pick<Binding, 'namespace' | 'origin'>,
): string {
  const tried = listed(tenants.map(({ name }) => `"${name}"`));
  return `${declarerText(declarer)} is of no tenant of the policy (tried ${tried})`;
}

function denial(tenant: Tenant, binding: Binding, observed: ObservedInstance): string | undefined {
  const fit = instanceFit(tenant, observed);
  const things = [
    ...(fit === 'yes'
      ? []
      : [`instance "${observed.instanceId}"${fit === 'unknown' ? unread(tenant, observed) : ''}`]),
    ...deniedGroups(tenant, binding.sgIds).map((sgId) => `group "${sgId}"`),
  ];
  return things.length === 0 ? undefined : `tenant "${tenant.name}" may not name ${listed(things)}`;
}

/** What the tenant's rule asks for and was not read. */
function unread({ instances }: Tenant, { tags, vpcId }: ObservedInstance): string {
  const missing = [
    ...(instances?.tags !== undefined && tags === undefined ? ['tags'] : []),
    ...(instances?.vpcIds !== undefined && vpcId === undefined ? ['VPC'] : []),
  ];
  return ` (its ${missing.join(' and ')} were not read)`;
}

function listed(texts: readonly string[]): string {
  const named = texts.slice(0, MAX_NAMED).join(', ');
  return texts.length > MAX_NAMED ? `${named} and ${texts.length - MAX_NAMED} more` : named;
}
