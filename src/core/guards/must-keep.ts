/** Every instance keeps the groups that the policy demands, in their place. */
import type { Guard } from '../guard-port.ts';
import type { GroupList } from '../model.ts';
import type { MustKeepRule } from '../policy.ts';
import { ruleFit, ruleScopeText } from '../rule-scope.ts';

/** Speaks for all rules that are broken. A rule whose tags were not read is taken to be about the instance. */
export const mustKeep: Guard = ({ binding, observed, rules }) => {
  const broken = rules.policy.mustKeep.flatMap((rule) => {
    const fit = ruleFit(rule.where, { binding, observed });
    const problem = fit === 'no' ? undefined : mustKeepProblem(rule, binding.sgIds);
    return problem === undefined ? [] : [fit === 'unknown' ? `${problem} (its tags were not read)` : problem];
  });
  if (broken.length === 0) return undefined;
  return {
    guard: 'must-keep',
    outcome: 'refused',
    reason: 'MustKeep',
    message: `${broken.join('; ')}: change spec.sgIds, or the rule under mustKeep in the policy`,
  };
};

/** What a list lacks for the rule; undefined when it has it. */
export function mustKeepProblem(
  { sgId, position, where }: MustKeepRule,
  sgIds: GroupList,
): string | undefined {
  const index = sgIds.indexOf(sgId);
  const demanded = `the policy demands "${sgId}"${place(position)} on instances${ruleScopeText(where)}`;
  if (index < 0) return `${demanded}, and spec.sgIds lacks it`;
  if (position === undefined || index === position - 1) return undefined;
  return `${demanded}, and spec.sgIds has it at position ${index + 1}`;
}

function place(position: number | undefined): string {
  if (position === undefined) return '';
  return position === 1 ? ' first' : ` at position ${position}`;
}
