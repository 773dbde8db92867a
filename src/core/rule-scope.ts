/** Which instances a rule of the policy is about. */
import { longRegionName } from '../api/region.ts';
import { matchesAnyGlob } from './glob.ts';
import type { Binding, ObservedInstance } from './model.ts';
import type { RuleScope } from './policy.ts';

/** An instance, and the binding that declares its list. */
export interface RuleSubject {
  readonly binding: Pick<Binding, 'scope' | 'namespace' | 'origin'>;
  readonly observed: Pick<ObservedInstance, 'tags'>;
}

/** `unknown`: the rest fits, and it depends on tags that were not read. */
export type RuleFit = 'yes' | 'no' | 'unknown';

/** Whether a rule with this scope is about the instance. A region fits by its long name. */
export function ruleFit(
  { regions, namespaces, paths, tags }: RuleScope,
  { binding, observed }: RuleSubject,
): RuleFit {
  const region = longRegionName(binding.scope.region);
  if (regions !== undefined && !regions.some((one) => longRegionName(one) === region)) return 'no';
  if (namespaces !== undefined && !matchesAnyGlob(namespaces, binding.namespace)) return 'no';
  if (paths !== undefined && !standsBelow(binding, paths)) return 'no';
  return tags === undefined ? 'yes' : tagFit(tags, observed.tags);
}

/** Whether the declaration stands in a file at or below one of the paths. An object of a cluster stands in no file. */
export function standsBelow({ origin }: Pick<Binding, 'origin'>, paths: readonly string[]): boolean {
  return origin.kind === 'directory' && paths.some((path) => isBelow(origin.file, path));
}

/** `teams/shop` and `teams/shop/` both stand for the folder, and neither for `teams/shop-eu`. */
export function isBelow(file: string, path: string): boolean {
  return file === path || file.startsWith(path.endsWith('/') ? path : `${path}/`);
}

/** Whether all of the wanted tags are there, each with exactly this value. */
export function tagFit(
  wanted: Readonly<Record<string, string>>,
  observed: Readonly<Record<string, string>> | undefined,
): RuleFit {
  const tags = Object.entries(wanted);
  if (tags.length === 0) return 'yes';
  if (observed === undefined) return 'unknown';
  return tags.every(([key, value]) => Object.hasOwn(observed, key) && observed[key] === value) ? 'yes' : 'no';
}

/** A scope in words that follow a noun: ` in ap-guangzhou with tag env=prod`; empty for all instances. */
export function ruleScopeText({ regions, namespaces, paths, tags }: RuleScope): string {
  const tagTexts = Object.entries(tags ?? {}).map(([key, value]) => `${key}=${value}`);
  return [
    ...(regions === undefined ? [] : [` in ${regions.join(', ')}`]),
    ...(namespaces === undefined ? [] : [` of namespace ${namespaces.join(', ')}`]),
    ...(paths === undefined ? [] : [` declared in ${paths.join(', ')}`]),
    ...(tagTexts.length === 0 ? [] : [` with tag ${tagTexts.join(', ')}`]),
  ].join('');
}
