/** No instance may have a forbidden group. */
import type { Guard } from '../guard-port.ts';
import type { GroupList } from '../model.ts';
import type { ForbiddenRule } from '../policy.ts';
import { ruleFit, ruleScopeText } from '../rule-scope.ts';

/** Speaks for all rules that are broken. A rule whose tags were not read is taken to be about the instance. */
export const forbidden: Guard = ({ binding, observed, rules }) => {
  const broken = rules.policy.forbidden.flatMap((rule) => {
    const fit = ruleFit(rule.where, { binding, observed });
    const problem = fit === 'no' ? undefined : forbiddenProblem(rule, binding.sgIds);
    return problem === undefined ? [] : [fit === 'unknown' ? `${problem} (its tags were not read)` : problem];
  });
  if (broken.length === 0) return undefined;
  return {
    guard: 'forbidden',
    outcome: 'refused',
    reason: 'ForbiddenGroup',
    message: `${broken.join('; ')}: take it out of spec.sgIds, or change the rule under forbidden in the policy`,
  };
};

/** What a list has against the rule; undefined when nothing. */
export function forbiddenProblem({ sgId, where }: ForbiddenRule, sgIds: GroupList): string | undefined {
  const index = sgIds.indexOf(sgId);
  if (index < 0) return undefined;
  return `the policy forbids "${sgId}" on instances${ruleScopeText(where)}, and spec.sgIds has it at position ${index + 1}`;
}
