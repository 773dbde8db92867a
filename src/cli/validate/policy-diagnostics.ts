/** What a policy has against the bindings of a revision, as far as it can be told without the cloud. */

import type { Diagnostic } from '../../api/diagnostic.ts';
import { formatPath } from '../../api/problem.ts';
import type { Permission } from '../../core/permission.ts';
import type { Policy } from '../../core/policy.ts';
import { staticProblems } from '../../core/static-problems.ts';
import { toBinding } from '../../directory/declarations.ts';
import { DocumentRights } from '../../directory/document-rights.ts';
import { approvalsIn, permit } from '../../directory/permissions.ts';
import type { BindingDocument } from '../../documents/parsed-file.ts';
import { systemClock } from '../../runtime/clock.ts';
import { placesIn } from './place-in-document.ts';
import type { PathsReading } from './read-paths.ts';

export function policyDiagnostics(
  { parsedFiles, underRoot, textOf }: PathsReading,
  policy: Policy,
): Diagnostic[] {
  return parsedFiles.flatMap(({ file, documents }) => {
    const invalid = documents.flatMap((document) =>
      staticProblems(bindingOf(document, underRoot.get(file) ?? file), policy).map((problem) => ({
        document,
        problem,
      })),
    );
    if (invalid.length === 0) return [];
    const placeOf = placesIn(textOf(file));
    return invalid.map(({ document, problem: { guard, message, fix, path } }) => ({
      severity: 'error' as const,
      rule: `policy/${guard}`,
      message,
      fix,
      file,
      ...placeOf(document, path),
      path: formatPath(path),
    }));
  });
}

/** Every approval and emergency; where nobody knows the root of the directory, an approval is not judged by its place. */
export function permissionsIn({ parsedFiles, underRoot }: PathsReading, rules: Policy): Permission[] {
  const nowMs = systemClock.wall();
  return parsedFiles.flatMap((reading) => [
    ...approvalsIn(reading, rules, (file) => underRoot.get(file)),
    ...reading.documents.flatMap((document) => {
      const made = bindingOf(document, underRoot.get(document.file) ?? document.file);
      return permit(made, document, { rules, number: 1, nowMs, before: undefined }).permissions;
    }),
  ]);
}

/** Whose the documents are, by the tenants of a policy. */
export function rightsIn(
  { underRoot }: Pick<PathsReading, 'underRoot'>,
  { tenants }: Policy,
): DocumentRights {
  return new DocumentRights({
    tenants,
    previous: new Map(),
    bindingOf: (document) => bindingOf(document, underRoot.get(document.file) ?? document.file),
  });
}

/** Tenants go by the path below the root that is published, not by the one that was typed. */
function bindingOf(document: BindingDocument, file: string) {
  return toBinding({ ...document, file }, '');
}
