/** What is wrong with the windows of a policy. */
import { type Fault, quote } from '../fault.ts';
import type { PolicyDocument } from './policy-document.ts';

/** What is wrong with a schedule; asked by the reader, answered by whoever can compute schedules. */
export type JudgeSchedule = (window: { readonly schedule: string; readonly timeZone: string }) =>
  | {
      readonly field: 'schedule' | 'timeZone';
      /** Goes on from the quoted value, such as `never comes`. */
      readonly message: string;
      readonly fix: string;
    }
  | undefined;

export function scheduleFaults({ windows = [] }: PolicyDocument, judge: JudgeSchedule): readonly Fault[] {
  return windows.flatMap((window, index): Fault[] => {
    const problem = judge(window);
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
