/** Finds rules of a policy that no fleet can satisfy together, and names that stand twice. */

import { nearestName } from '../../api/nearest-name.ts';
import type { PolicyDocument, PolicyMustKeep, PolicyScope } from '../../api/policy-document.ts';
import { type FieldPath, type Problem, quote } from '../../api/problem.ts';
import { longRegionName, suggestRegion } from '../../api/region.ts';

export function policyConflicts(policy: PolicyDocument): readonly Problem[] {
  const { mustKeep = [], forbidden = [], exposure = [], windows = [], tenants = [] } = policy;
  return [
    ...sameNames('exposure', exposure),
    ...sameNames('windows', windows),
    ...sameNames('tenants', tenants),
    ...contestedPlaces(mustKeep),
    ...unknownTenants(policy),
    ...mustKeep.flatMap((rule, index) => {
      const against = forbidden.findIndex((one) => one.sgId === rule.sgId && isWithin(rule, one));
      if (against < 0) return [];
      return [
        conflict(['mustKeep', index, 'sgId'], ['forbidden', against, 'sgId'], {
          rule: 'policy/kept-and-forbidden',
          message: `${quote(rule.sgId)} must be kept and is forbidden on the same instances: nothing could be written there`,
          fix: 'remove one of the two rules, or narrow one',
        }),
      ];
    }),
    ...(['mustKeep', 'forbidden', 'exposure', 'windows'] as const).flatMap((field) =>
      unknownRegions(field, policy[field] ?? []),
    ),
    ...misspeltRegions(policy.regions, ['regions']),
  ];
}

function sameNames(field: string, rules: readonly { readonly name: string }[]): readonly Problem[] {
  return rules.flatMap(({ name }, index) => {
    const first = rules.findIndex((one) => one.name === name);
    if (first === index) return [];
    return [
      conflict([field, index, 'name'], [field, first, 'name'], {
        rule: 'policy/duplicate-name',
        message: `${quote(name)} stands twice in ${field}`,
        fix: 'give each its own name: messages tell them apart by it',
      }),
    ];
  });
}

/** A name that no tenant has would let nobody declare an emergency, and nobody would know why. */
function unknownTenants({ tenants = [], emergencies }: PolicyDocument): readonly Problem[] {
  const names = tenants.map(({ name }) => name);
  return (emergencies?.tenants ?? []).flatMap((name, index): Problem[] => {
    if (names.includes(name)) return [];
    const meant = nearestName(name, names);
    return [
      {
        severity: 'error',
        rule: 'policy/unknown-tenant',
        message: `${quote(name)} is not in \`tenants\`${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`,
        fix: 'write the name of a tenant, or add the tenant',
        path: ['emergencies', 'tenants', index],
        at: 'value',
      },
    ];
  });
}

/** Two groups for one place, or two places for one group, on the same instances. */
function contestedPlaces(rules: readonly PolicyMustKeep[]): readonly Problem[] {
  return rules.flatMap((rule, index) => {
    const first = rules.findIndex((other, at) => at < index && contestsPlace(rule, other));
    const other = rules[first];
    if (other === undefined) return [];
    const place = `position ${placeOf(rule)}`;
    return [
      conflict(['mustKeep', index, 'position'], ['mustKeep', first, 'position'], {
        rule: 'policy/contested-position',
        message:
          rule.sgId === other.sgId
            ? `${quote(rule.sgId)} must be at ${place} and at position ${placeOf(other)} of the same instances`
            : `${quote(rule.sgId)} and ${quote(other.sgId)} must both be at ${place} of the same instances`,
        fix: 'give one of them another position, or leave its position out',
      }),
    ];
  });
}

function contestsPlace(rule: PolicyMustKeep, other: PolicyMustKeep): boolean {
  const place = placeOf(rule);
  const otherPlace = placeOf(other);
  if (place === undefined || otherPlace === undefined) return false;
  return (
    (rule.sgId === other.sgId) !== (place === otherPlace) && (isWithin(rule, other) || isWithin(other, rule))
  );
}

function placeOf({ position }: PolicyMustKeep): number | undefined {
  return position === 'first' ? 1 : position;
}

/** Whether all instances of one scope are in another, as far as the texts tell: patterns are compared as they are written. */
function isWithin(inner: PolicyScope, outer: PolicyScope): boolean {
  const innerRegions = inner.regions?.map(longRegionName);
  const outerRegions = outer.regions?.map(longRegionName);
  return (
    isSubset(innerRegions, outerRegions) &&
    (outer.namespaces?.includes('*') || isSubset(inner.namespaces, outer.namespaces)) &&
    isSubset(inner.paths?.map(folderOf), outer.paths?.map(folderOf)) &&
    Object.entries(outer.tags ?? {}).every(([key, value]) => inner.tags?.[key] === value)
  );
}

/** A folder is the same with a slash at its end and without. */
function folderOf(path: string): string {
  return path.replace(/\/$/, '');
}

function isSubset(inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean {
  if (outer === undefined) return true;
  return inner?.every((one) => outer.includes(one)) ?? false;
}

/**
 * Warns of what goes by namespaces alone, for a policy that judges a directory: whoever may write a file there writes
 * any namespace into it, and so leaves a rule or takes what is another tenant's.
 */
export function namespacesAlone(policy: PolicyDocument): readonly Problem[] {
  return (['mustKeep', 'forbidden', 'exposure', 'windows', 'tenants'] as const).flatMap((field) =>
    (policy[field] ?? []).flatMap(({ namespaces, paths }, index): Problem[] => {
      if (namespaces === undefined || paths !== undefined) return [];
      return [
        {
          severity: 'warning',
          rule: 'policy/namespaces-in-directory',
          message: `${field === 'tenants' ? 'this tenant' : 'this rule'} goes by namespaces alone, and in a directory whoever may write a file may write any namespace into it`,
          fix: 'go by `paths` there, such as `paths: [teams/shop/]`',
          path: [field, index, 'namespaces'],
          at: 'key',
        },
      ];
    }),
  );
}

function unknownRegions(field: string, scopes: readonly PolicyScope[]): readonly Problem[] {
  return scopes.flatMap(({ regions }, index) => misspeltRegions(regions, [field, index, 'regions']));
}

function misspeltRegions(regions: readonly string[] = [], field: FieldPath): readonly Problem[] {
  return regions.flatMap((region, at): Problem[] => {
    const meant = suggestRegion(region);
    if (meant === undefined) return [];
    return [
      {
        severity: 'warning',
        rule: 'policy/unknown-region',
        message: `${quote(region)} is not a region that is known here; did you mean \`${meant}\`?`,
        fix: `write \`${meant}\`, unless the region is new`,
        path: [...field, at],
        at: 'value',
      },
    ];
  });
}

function conflict(
  path: FieldPath,
  first: FieldPath,
  words: { readonly rule: string; readonly message: string; readonly fix: string },
): Problem {
  return { severity: 'error', ...words, path, at: 'value', first };
}
