/** Who may name which accounts, regions, instances and groups. */
import { scopeDenial } from '../allowed-scopes.ts';
import type { Guard } from '../guard-port.ts';
import type { Binding, ObservedInstance } from '../model.ts';
import type { Policy, Tenant } from '../policy.ts';
import { declarerText, deniedGroups, instanceFit, isOfTenant } from '../tenant-rights.ts';

/** Most tenants that one message names. */
const MAX_NAMED = 3;

/** Without tenants everybody may name everything. With any, one of them must allow the instance and every group. */
export const tenancy: Guard = ({ binding, observed, rules }) => {
  const message = tenancyText(rules.policy, binding, observed);
  return message === undefined
    ? undefined
    : { guard: 'tenancy', outcome: 'refused', reason: 'NotAllowed', message };
};

/** What decides who may name what. */
export type TenancyRules = Pick<Policy, 'tenants' | 'regions' | 'accounts'>;

/** Why the binding may not name the instance, and what to do; undefined when it may. */
export function tenancyText(
  { tenants, ...allowed }: TenancyRules,
  binding: Binding,
  instance: Pick<ObservedInstance, 'instanceId' | 'tags' | 'vpcId'>,
): string | undefined {
  const denial = scopeDenial(binding.scope, allowed);
  if (denial !== undefined) return `${denial.message}; ${denial.fix}`;
  if (tenants.length === 0) return undefined;
  const own = tenants.filter((tenant) => isOfTenant(tenant, binding));
  if (own.length === 0) {
    return `${noTenantText(tenants, binding)}: move the binding, or let a tenant have it in the policy`;
  }
  const denials = own.map((tenant) => tenantDenial(tenant, binding, instance));
  if (denials.includes(undefined)) return undefined;
  const denied = listed(denials.filter((one) => one !== undefined));
  return `${denied}: take it out of the binding of ${declarerText(binding)}, or allow it in the policy`;
}

/** What is said when a declaration is nobody's. */
export function noTenantText(
  tenants: readonly Tenant[],
  declarer: Pick<Binding, 'namespace' | 'origin'>,
): string {
  const tried = listed(tenants.map(({ name }) => `"${name}"`));
  return `${declarerText(declarer)} is of no tenant of the policy (tried ${tried})`;
}

function tenantDenial(
  tenant: Tenant,
  binding: Binding,
  observed: Pick<ObservedInstance, 'instanceId' | 'tags' | 'vpcId'>,
): string | undefined {
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
function unread({ instances }: Tenant, { tags, vpcId }: Pick<ObservedInstance, 'tags' | 'vpcId'>): string {
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
