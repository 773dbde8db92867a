/** What is wrong with the traffic that rules of a policy name. */
import type { PolicyDocument, PolicyExposure } from '../../api/policy-document.ts';
import { type FieldPath, type Problem, quote } from '../../api/problem.ts';

/** What is wrong with a text; asked by the reader, answered by whoever knows what it means. */
export type CheckText = (text: string) =>
  | {
      readonly rule: string;
      /** Goes on from the quoted text, such as `is no service`. */
      readonly message: string;
      readonly fix: string;
    }
  | undefined;

export interface ExposureChecks {
  readonly service: CheckText;
  readonly prefix: CheckText;
}

export function exposureProblems(
  { exposure = [] }: PolicyDocument,
  checks: ExposureChecks,
): readonly Problem[] {
  return exposure.flatMap((rule, index) => {
    const at: FieldPath = ['exposure', index];
    const never: FieldPath = [...at, 'never'];
    const { services, from, to } = rule.never;
    return [
      ...directionProblems(rule, never),
      ...textProblems(services, [...never, 'services'], checks.service),
      ...textProblems(from, [...never, 'from'], checks.prefix),
      ...textProblems(to, [...never, 'to'], checks.prefix),
      ...textProblems(rule.except, [...at, 'except'], checks.prefix),
    ];
  });
}

function directionProblems({ never: { from, to } }: PolicyExposure, path: FieldPath): readonly Problem[] {
  if ((from === undefined) !== (to === undefined)) return [];
  return [
    {
      severity: 'error',
      rule: 'policy/exposure-direction',
      message:
        from === undefined
          ? 'this says neither `from`, where traffic comes from, nor `to`, where it goes'
          : 'this says both `from` and `to`, and traffic either enters or leaves',
      fix: from === undefined ? 'write `from: [0.0.0.0/0, "::/0"]` for all that enters' : 'write two rules',
      path,
      at: 'value',
    },
  ];
}

function textProblems(texts: readonly string[] = [], path: FieldPath, check: CheckText): readonly Problem[] {
  return texts.flatMap((text, index): Problem[] => {
    const problem = check(text);
    if (problem === undefined) return [];
    const { rule, message, fix } = problem;
    return [
      {
        severity: 'error',
        rule,
        message: `${quote(text)} ${message}`,
        fix,
        path: [...path, index],
        at: 'value',
      },
    ];
  });
}
