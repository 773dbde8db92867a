/** The exit code that follows from what a plan comes to. */
import type { PlanSummary } from '../../core/plan-outcome.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { GatheredPlan } from './gather-plan.ts';

/** An error goes before a refusal, that before changes. */
export function planExitCode(
  summary: PlanSummary,
  selectionProblems: GatheredPlan['selectionProblems'],
): ExitCode {
  if (summary.unreadable > 0 || !selectionProblems.every(isRefused)) return EXIT.error;
  if (selectionProblems.length > 0) return EXIT.refused;
  if (summary.refused + summary.deferred > 0) return EXIT.refused;
  return summary.changes + summary.waiting > 0 ? EXIT.changes : EXIT.ok;
}

/** Whether a guard, and not a failure, stands between a selector and its members. */
export function isRefused({ problem }: GatheredPlan['selectionProblems'][number]): boolean {
  return problem.reason === 'SelectionRefused' || problem.reason === 'NotAllowed';
}
