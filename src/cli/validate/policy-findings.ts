/** What a policy has against the bindings of a revision, as far as it can be told without the cloud. */

import { formatPath } from '../../api/fault.ts';
import type { BindingDocument } from '../../api/file-reading.ts';
import type { Finding } from '../../api/finding.ts';
import type { Permission } from '../../core/permission.ts';
import type { Policy } from '../../core/policy.ts';
import { staticFaults } from '../../core/static-faults.ts';
import { systemClock } from '../../runtime/clock.ts';
import { toBinding } from '../../sources/directory/declarations.ts';
import { DocumentRights } from '../../sources/directory/document-rights.ts';
import { approvalsIn, permit } from '../../sources/directory/permissions.ts';
import { placesIn } from './place-in-document.ts';
import type { PathsReading } from './read-paths.ts';

export function policyFindings({ readings, underRoot, textOf }: PathsReading, policy: Policy): Finding[] {
  return readings.flatMap(({ file, documents }) => {
    const faulty = documents.flatMap((document) =>
      staticFaults(bindingOf(document, underRoot.get(file) ?? file), policy).map((fault) => ({
        document,
        fault,
      })),
    );
    if (faulty.length === 0) return [];
    const placeOf = placesIn(textOf(file));
    return faulty.map(({ document, fault: { guard, message, fix, path } }) => ({
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
export function permissionsIn({ readings, underRoot }: PathsReading, rules: Policy): Permission[] {
  const nowMs = systemClock.wall();
  return readings.flatMap((reading) => [
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
