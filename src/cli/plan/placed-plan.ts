/** A plan whose hints work as they are printed. */
import { placedHint } from '../../core/approve-hint.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import type { GatheredPlan } from './gather-plan.ts';

/** @param directory whose revision is planned, as the user named it. */
export function placedPlan<T extends Pick<GatheredPlan, 'rows' | 'selectionProblems'>>(
  plan: T,
  directory: string,
): T {
  const flags = `--source ${shellWord(directory)}`;
  const placed = <M extends { readonly message: string }>(one: M): M => ({
    ...one,
    message: placedHint(one.message, flags),
  });
  return {
    ...plan,
    rows: plan.rows.map((row) => (row.guard === undefined ? row : { ...row, guard: placed(row.guard) })),
    selectionProblems: plan.selectionProblems.map((one) => ({ ...one, problem: placed(one.problem) })),
  };
}
