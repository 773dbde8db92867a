/** Judges the value of a policy file: its form, and what of it cannot be meant. */
import { Ajv, type ValidateFunction } from 'ajv';
import { nearestName } from '../../api/nearest-name.ts';
import type { PolicyDocument, PolicyMustKeep, PolicyScope } from '../../api/policy-document.ts';
import { type FieldPath, type Problem, quote } from '../../api/problem.ts';
import { longRegionName, suggestRegion } from '../../api/region.ts';
import { schemaProblems } from '../schema-problems.ts';
import { type CheckText, exposureProblems } from './exposure-problems.ts';
import { POLICY_SCHEMA } from './policy-schema.ts';
import { type CheckSchedule, scheduleProblems } from './schedule-problems.ts';

const MAX_FAULTS = 100;

export interface PolicyResult {
  /** Absent when there is an error. */
  readonly policy?: PolicyDocument;
  readonly problems: readonly Problem[];
}

let compiled: ValidateFunction | undefined;

/** What a policy is judged for. */
export interface PolicyUse {
  /** Whether it is about files of a directory, also beside objects of a cluster. */
  readonly directory: boolean;
}

/** What whoever reads a policy can tell of its texts. */
export interface PolicyChecks {
  readonly schedule: CheckSchedule;
  /** Services such as `tcp/22`. */
  readonly service: CheckText;
  /** Prefixes such as `10.0.0.0/8`. */
  readonly prefix: CheckText;
}

/** Judges a value; it is not changed. */
export function checkPolicy(
  value: unknown,
  checks: PolicyChecks,
  use: PolicyUse = { directory: false },
): PolicyResult {
  const wrongForm = formProblems(value);
  if (wrongForm.length > 0) return { problems: wrongForm };
  // The schema just found the value to be of this type.
  const policy = value as PolicyDocument;
  const problems = [
    ...scheduleProblems(policy, checks.schedule),
    ...exposureProblems(policy, checks),
    ...policyConflicts(policy),
    ...(use.directory ? namespacesAlone(policy) : []),
  ];
  return problems.some(({ severity }) => severity === 'error') ? { problems } : { policy, problems };
}

function formProblems(value: unknown): readonly Problem[] {
  compiled ??= new Ajv({ allErrors: true, verbose: true, ownProperties: true, strict: true }).compile(
    POLICY_SCHEMA,
  );
  if (compiled(withoutWords(value))) return [];
  const errors = compiled.errors ?? [];
  // Errors hold on to the document that they speak of.
  compiled.errors = null;
  return schemaProblems(errors.slice(0, MAX_FAULTS)).map(mended);
}

/** The value with the words that stand for something taken away, so that the schema need not know of alternatives. */
function withoutWords(value: unknown): unknown {
  if (!isMapping(value)) return value;
  const { blastRadius, ...rest } = value;
  return {
    ...rest,
    ...(blastRadius === undefined || blastRadius === 'none' ? {} : { blastRadius }),
    ...(Array.isArray(rest.mustKeep) ? { mustKeep: rest.mustKeep.map(withoutFirst) } : {}),
  };
}

function withoutFirst(rule: unknown): unknown {
  return isMapping(rule) && rule.position === 'first' ? { ...rule, position: 1 } : rule;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What to write instead, where the words for bindings do not fit. */
function mended(problem: Problem): Problem {
  const fix = fixOf(problem);
  return fix === undefined ? problem : { ...problem, fix };
}

function fixOf({ rule, path, fix }: Problem): string | undefined {
  const field = path.at(-1);
  if (rule === 'schema/min-items' || rule === 'schema/min-properties') {
    return isField(path, 'tenants')
      ? 'name a tenant, or remove `tenants`: without any, everybody may name everything'
      : 'write at least one, or remove the field';
  }
  if (rule === 'schema/type' && field === 'blastRadius')
    return 'write `none`, or `{ share: 20%, count: 50, period: 10m }`';
  if (rule === 'schema/type' && field === 'position') return 'write `first`, or a number from 1';
  if (rule === 'schema/type' && field === 'share') return 'write a share such as `20%`';
  if (rule === 'schema/minimum') return 'write a larger number';
  if (rule === 'schema/pattern' && path.at(-2) === 'paths') {
    return `write a path below the root of the directory, such as \`${path[0] === 'approvals' ? 'approvals/' : 'teams/shop/'}\``;
  }
  return fix === '' ? 'correct the value' : undefined;
}

function isField(path: FieldPath, name: string): boolean {
  return path.length === 1 && path[0] === name;
}

/** Finds rules of a policy that no fleet can satisfy together, and names that stand twice. */
function policyConflicts(policy: PolicyDocument): readonly Problem[] {
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
function namespacesAlone(policy: PolicyDocument): readonly Problem[] {
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
