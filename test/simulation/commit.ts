/** One published revision, as the world knows it. */
import type { ModelDocument } from './model-revision.ts';

/** An approval that stands in a revision. */
export interface Approved {
  readonly digest: string;
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  /** The document whose annotation it is; absent: it stands beside all. */
  readonly document?: string;
}

export interface Commit {
  readonly documents: readonly ModelDocument[];
  readonly approvals: readonly Approved[];
}

/** The text of approvals as they are published. */
export function approvalsText(approvals: readonly Approved[]): string {
  return approvals
    .map(({ digest, by, at }, index) =>
      [
        'apiVersion: cvmsg.dev/v1alpha1',
        'kind: CvmsgApproval',
        `metadata: { name: plan-${index} }`,
        'spec:',
        `  digest: "${digest}"`,
        `  approvedBy: "${by}"`,
        `  approvedAt: "${at}"`,
        '',
      ].join('\n'),
    )
    .join('---\n');
}
