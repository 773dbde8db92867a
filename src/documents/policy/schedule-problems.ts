/** What is wrong with the windows of a policy. */

import type { PolicyDocument } from '../../api/policy-document.ts';
import { type Problem, quote } from '../../api/problem.ts';

/** What is wrong with a schedule; asked by the reader, answered by whoever can compute schedules. */
export type CheckSchedule = (window: { readonly schedule: string; readonly timeZone: string }) =>
  | {
      readonly field: 'schedule' | 'timeZone';
      /** Goes on from the quoted value, such as `never comes`. */
      readonly message: string;
      readonly fix: string;
    }
  | undefined;

export function scheduleProblems({ windows = [] }: PolicyDocument, check: CheckSchedule): readonly Problem[] {
  return windows.flatMap((window, index): Problem[] => {
    const problem = check(window);
    if (problem === undefined) return [];
    const { field, message, fix } = problem;
    return [
      {
        severity: 'error',
        rule: field === 'schedule' ? 'policy/schedule' : 'policy/time-zone',
        message: `${quote(window[field])} ${message}`,
        fix,
        path: ['windows', index, field],
        at: 'value',
      },
    ];
  });
}
