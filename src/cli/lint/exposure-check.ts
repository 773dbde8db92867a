/** What declared lists allow although the policy forbids to open it. */
import { relative, resolve } from 'node:path';
import { partsOf } from '../../api/ids.ts';
import { forbiddenTraffic, openText } from '../../core/firewall/exposure.ts';
import type { ListEffects } from '../../core/firewall/list-effects.ts';
import type { ExposureRule } from '../../core/policy.ts';
import { ruleFit } from '../../core/rule-scope.ts';
import { someOf } from '../../core/text/words.ts';
import type { Declaration, DeclaredList } from './declared-lists.ts';
import type { ListProblem } from './list-checks.ts';

/** A rule that a list breaks, for those of its declarations that the rule is about. */
export interface ExposedList {
  readonly problem: ListProblem;
  readonly list: DeclaredList;
}

/** @param directory whose paths the rules of the policy name. */
export function exposedLists(
  effects: ListEffects,
  list: DeclaredList,
  { rules, directory }: { readonly rules: readonly ExposureRule[]; readonly directory: string },
): ExposedList[] {
  return rules.flatMap((rule) => {
    const declarations = list.declarations.filter((one) => isAbout(rule, one, { list, directory }));
    const openings = declarations.length === 0 ? [] : forbiddenTraffic(effects, list.sgIds, rule);
    const [first] = openings;
    if (first === undefined) return [];
    const place = first.because === undefined ? -1 : list.sgIds.indexOf(first.because.sgId);
    const problem: ListProblem = {
      severity: 'warning',
      rule: 'lint/exposure',
      message: `the policy rule "${rule.name}" forbids what this list allows: ${someOf(openings.map(openText))}`,
      fix: 'name other groups or put a group that refuses it before them, change the rules of these groups, or the rule under exposure in the policy',
      path: place < 0 ? ['spec', 'sgIds'] : ['spec', 'sgIds', place],
    };
    return { problem, list: { ...list, declarations } };
  });
}

/** A rule for instances with tags may be about any: nobody has read them. */
function isAbout(
  { where }: ExposureRule,
  { binding, file, line, column }: Declaration,
  { list, directory }: { readonly list: DeclaredList; readonly directory: string },
): boolean {
  const { namespace } = partsOf(binding);
  const path = relative(resolve(directory), resolve(file));
  const origin = { kind: 'directory', file: path, line, column, revision: '' } as const;
  return ruleFit(where, { binding: { scope: list.scope, namespace, origin }, observed: {} }) !== 'no';
}
