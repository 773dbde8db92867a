/** What a policy has against the bindings of a revision, as far as it can be told without the cloud. */

import { formatPath } from '../../api/fault.ts';
import type { BindingDocument } from '../../api/file-reading.ts';
import type { Finding } from '../../api/finding.ts';
import type { Policy } from '../../core/policy.ts';
import { staticFaults } from '../../core/static-faults.ts';
import { toBinding } from '../../sources/directory/declarations.ts';
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

/** Tenants go by the path below the root that is published, not by the one that was typed. */
function bindingOf(document: BindingDocument, file: string) {
  return toBinding({ ...document, file }, '');
}
