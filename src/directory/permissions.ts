/** The approvals and emergencies of a tree: where each stands, and whether the policy lets it count. */
import type { Approval } from '../api/approval.ts';
import type { Diagnostic } from '../api/diagnostic.ts';
import type { Binding } from '../core/model.ts';
import {
  annotationRefusal,
  approvalPermission,
  checkedEmergency,
  documentRefusal,
  emergencyPermission,
  emergencyRefusal,
  emergencySinceMs,
  type Permission,
  type PermissionRules,
  sameApproval,
} from '../core/permission.ts';
import type { BindingDocument, ParsedFile } from '../documents/parsed-file.ts';

export interface PermitOptions {
  readonly rules: PermissionRules;
  /** The number of the revision that is read. */
  readonly number: number;
  /** The moment by the calendar. */
  readonly nowMs: number;
  /** The binding as it was declared before. */
  readonly before: Binding | undefined;
}

/** The binding with what its annotations permit and the policy lets count, and all that they say. */
export function permit(
  made: Binding,
  { file, line, column, permitted = {} }: BindingDocument,
  { rules, number, nowMs, before }: PermitOptions,
): { readonly binding: Binding; readonly permissions: readonly Permission[] } {
  const { approvedPlan, emergency, ...plain } = made;
  let binding: Binding = plain;
  const permissions: Permission[] = [];
  if (approvedPlan !== undefined) {
    const refusal = annotationRefusal(rules, 'document');
    const isKnown = sameApproval(approvedPlan, before?.approvedPlan);
    const acceptedIn = isKnown ? (before?.approvedPlan?.acceptedIn ?? 0) : number;
    if (refusal === undefined) binding = { ...binding, approvedPlan: { ...approvedPlan, acceptedIn } };
    permissions.push({
      ...approvalPermission(approvedPlan),
      binding: made.key,
      ...laterOnly(rules),
      file,
      ...(permitted.approval ?? { line, column }),
      ...(refusal === undefined ? {} : { refusal }),
    });
  }
  if (emergency !== undefined) {
    const sinceMs = emergencySinceMs(emergency, before, nowMs);
    const refusal = emergencyRefusal(rules, emergency, { declarer: made, sinceMs });
    binding = { ...binding, ...checkedEmergency({ ...emergency, sinceMs }, refusal) };
    permissions.push({
      ...emergencyPermission(made.key, emergency),
      file,
      ...(permitted.emergency ?? { line, column }),
      ...(refusal === undefined ? {} : { refusal }),
    });
  }
  return { binding, permissions };
}

/** The approvals that are documents of their own, and count. */
export function documentApprovals(
  parsedFiles: readonly ParsedFile[],
  rules: PermissionRules,
): readonly Approval[] {
  return parsedFiles.flatMap(({ approvals = [] }) =>
    approvals.flatMap(({ approval, file }) => (documentRefusal(rules, file) === undefined ? approval : [])),
  );
}

/** All approvals that are documents of their own. @param pathOf a file's path below the root; undefined when nobody knows it. */
export function approvalsIn(
  { approvals = [] }: ParsedFile,
  rules: PermissionRules,
  pathOf: (file: string) => string | undefined = (file) => file,
): readonly Permission[] {
  return approvals.map(({ approval, file, line, column }) => {
    const path = pathOf(file);
    const refusal = path === undefined ? undefined : documentRefusal(rules, path);
    return {
      ...approvalPermission(approval),
      ...laterOnly(rules),
      file,
      line,
      column,
      ...(refusal === undefined ? {} : { refusal }),
    };
  });
}

function laterOnly({ approvals: { laterRevision } }: PermissionRules): Pick<Permission, 'laterOnly'> {
  return laterRevision ? { laterOnly: true } : {};
}

/** A warning for each that does not count. */
export function permissionDiagnostics(permissions: readonly Permission[]): Diagnostic[] {
  return permissions.flatMap(({ kind, refusal, file, line, column, binding }) => {
    if (refusal === undefined) return [];
    const path = binding === undefined ? '' : ANNOTATION_PATHS[kind];
    return [{ severity: 'warning' as const, ...refusal, file, line, column, path }];
  });
}

const ANNOTATION_PATHS = {
  approval: 'metadata.annotations["cvmsg.dev/approved-plan"]',
  emergency: 'metadata.annotations["cvmsg.dev/emergency"]',
} as const;
