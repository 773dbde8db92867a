/** What the reading of one file gives. */
import type { Approval } from './approval.ts';
import type { CvmSecurityGroupBinding } from './binding.generated.ts';
import type { Finding } from './finding.ts';

/** A valid binding, and where it stands. */
export interface BindingDocument {
  /** With defaults filled in (`mode`, `suspend`, `metadata.namespace`) and without status. */
  readonly binding: CvmSecurityGroupBinding;
  readonly file: string;
  /** 1-based, as are all lines and columns. */
  readonly line: number;
  readonly column: number;
  readonly instanceIdsLine: number;
  readonly instanceIdsColumn: number;
}

/** What one file says. */
export interface FileReading {
  readonly file: string;
  readonly documents: readonly BindingDocument[];
  /** Approved plans; absent when there are none. */
  readonly approvals?: readonly Approval[];
  readonly findings: readonly Finding[];
  /** Documents of foreign kinds. */
  readonly skipped: number;
  /** Keys `namespace/name` of documents that have errors but whose identity was readable. */
  readonly broken: readonly string[];
  /**
   * True when the file may declare bindings that could not be identified, so that nothing which it declared before
   * counts as removed.
   */
  readonly incomplete: boolean;
}
