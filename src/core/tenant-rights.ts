/** What a tenant of the policy is, and what it may name. */
import type { SecurityGroupId } from '../api/ids.ts';
import { matchesAnyGlob } from './glob.ts';
import type { Binding, ObservedInstance } from './model.ts';
import type { Tenant } from './policy.ts';
import { type RuleFit, tagFit } from './rule-scope.ts';

/** Who declares: a namespace, and a file where the declaration stands in one. */
export type Declarer = Pick<Binding, 'namespace' | 'origin'>;

/**
 * Whether a declaration is the tenant's: its namespace and its file both fit, where what the tenant does not say
 * fits. An object of a cluster stands in no file, so a tenant of paths has none.
 */
export function isOfTenant({ namespaces, paths }: Tenant, { namespace, origin }: Declarer): boolean {
  if (namespaces !== undefined && !matchesAnyGlob(namespaces, namespace)) return false;
  if (paths === undefined) return true;
  return origin.kind === 'directory' && paths.some((path) => isBelow(origin.file, path));
}

/** `teams/shop` and `teams/shop/` both stand for the folder, and neither for `teams/shop-eu`. */
export function isBelow(file: string, path: string): boolean {
  return file === path || file.startsWith(path.endsWith('/') ? path : `${path}/`);
}

/** Whether the tenant may name the instance; `unknown` when it depends on tags or a VPC that were not read. */
export function instanceFit(
  { instances }: Tenant,
  { instanceId, tags, vpcId }: Pick<ObservedInstance, 'instanceId' | 'tags' | 'vpcId'>,
): RuleFit {
  if (instances === undefined) return 'yes';
  const byTags = instances.tags === undefined ? 'no' : tagFit(instances.tags, tags);
  const byVpc = instances.vpcIds === undefined ? 'no' : vpcFit(instances.vpcIds, vpcId);
  const byId = instances.ids?.includes(instanceId) ? 'yes' : 'no';
  const fits: readonly RuleFit[] = [byId, byTags, byVpc];
  return fits.find((fit) => fit === 'yes') ?? fits.find((fit) => fit === 'unknown') ?? 'no';
}

function vpcFit(vpcIds: readonly string[], vpcId: string | undefined): RuleFit {
  if (vpcId === undefined) return 'unknown';
  return vpcIds.includes(vpcId) ? 'yes' : 'no';
}

/** The groups of a list that the tenant may not name. */
export function deniedGroups(
  { groups }: Tenant,
  sgIds: readonly SecurityGroupId[],
): readonly SecurityGroupId[] {
  return groups === undefined ? [] : sgIds.filter((sgId) => !groups.includes(sgId));
}

/** `namespace "shop"`, and for a file ` in "teams/shop/web.yaml"` after it. */
export function declarerText({ namespace, origin }: Declarer): string {
  return `namespace "${namespace}"${origin.kind === 'directory' ? ` in "${origin.file}"` : ''}`;
}
