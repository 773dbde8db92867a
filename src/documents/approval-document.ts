/** Approvals that stand as documents beside the bindings of a directory. */
import { type Approval, isApproverName, isPlanDigest, LONGEST_REASON } from '../api/approval.ts';
import { nearestName } from '../api/nearest-name.ts';
import { bounded, type FieldPath, type Problem, quote } from '../api/problem.ts';
import { isInstant } from '../api/spec-time.ts';

export const APPROVAL_KIND = 'CvmsgApproval';

const FIELDS = ['digest', 'approvedBy', 'approvedAt', 'reason'];

export interface ApprovalResult {
  /** Absent when there is an error. */
  readonly approval?: Approval;
  readonly problems: readonly Problem[];
}

/** Judges a document of this kind. */
export function checkApproval(value: object): ApprovalResult {
  const { spec } = value as { spec?: unknown };
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    const message = spec === undefined ? 'spec is missing' : `spec is ${quote(spec)}, not a mapping`;
    return wrong(['spec'], {
      message,
      fix: 'write the digest of the plan under `spec`, as `cvmsg approve` does',
    });
  }
  const unknown = Object.keys(spec).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, FIELDS);
    const hint = nearest === undefined ? '' : `; did you mean \`${nearest}\`?`;
    const fix = `remove it; the fields here are ${FIELDS.join(', ')}`;
    return wrong(['spec', unknown], {
      message: `${bounded(unknown)} is not a field of an approval${hint}`,
      fix,
    });
  }
  const { digest, approvedBy = '', approvedAt = '', reason = '' } = spec as Record<string, unknown>;
  if (typeof digest !== 'string' || !isPlanDigest(digest)) {
    const message =
      digest === undefined ? 'the digest is missing' : `${quote(digest)} is not the digest of a plan`;
    const fix = 'write `sha256:` and the 64 hexadecimal digits that the plan shows';
    return wrong(['spec', 'digest'], { message, fix });
  }
  if (typeof approvedBy !== 'string' || (approvedBy !== '' && !isApproverName(approvedBy))) {
    return wrong(['spec', 'approvedBy'], {
      message: `${quote(approvedBy)} names nobody`,
      fix: 'write who approves, in at most 200 characters, without quotes, semicolons, line breaks and times',
    });
  }
  if (typeof reason !== 'string' || reason.length > LONGEST_REASON) {
    return wrong(['spec', 'reason'], {
      message: `${quote(reason)} is no reason`,
      fix: `write why it is approved as a text of at most ${LONGEST_REASON} characters`,
    });
  }
  if (typeof approvedAt !== 'string' || !isInstant(approvedAt)) {
    const message =
      approvedAt === '' ? 'the time of the approval is missing' : `${quote(approvedAt)} is not a time`;
    const fix = 'write when it is given, such as 2026-03-01T18:00:00Z: it is over a day later';
    return wrong(['spec', 'approvedAt'], { message, fix });
  }
  const why = reason === '' ? {} : { reason };
  return { approval: { digest, by: approvedBy, at: approvedAt, ...why }, problems: [] };
}

function wrong(path: FieldPath, { message, fix }: Pick<Problem, 'message' | 'fix'>): ApprovalResult {
  return { problems: [{ severity: 'error', rule: 'approval/form', message, fix, path, at: 'value' }] };
}
