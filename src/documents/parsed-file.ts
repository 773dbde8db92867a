/** What the reading of one file gives. */
import type { Approval } from '../api/approval.ts';
import type { CvmSecurityGroupBinding } from '../api/binding.generated.ts';
import type { Diagnostic } from '../api/diagnostic.ts';

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
  /** Where its annotations stand that let a write pass a guard; absent when it has none. */
  readonly permitted?: { readonly approval?: Place; readonly emergency?: Place };
}

/** A place in a file; both are 1-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A valid approval, and where it stands. */
export interface ApprovalDocument extends Place {
  readonly approval: Approval;
  readonly file: string;
}

/** A document that has errors, and whose identity was readable. */
export interface BrokenDocument {
  /** `namespace/name`. */
  readonly key: string;
  /** The first that is wrong with it. */
  readonly diagnostic: Diagnostic;
}

/** What one file says. */
export interface ParsedFile {
  readonly file: string;
  readonly documents: readonly BindingDocument[];
  /** Approved plans; absent when there are none. */
  readonly approvals?: readonly ApprovalDocument[];
  readonly diagnostics: readonly Diagnostic[];
  /** Documents of foreign kinds. */
  readonly skipped: number;
  /** Each key once. */
  readonly broken: readonly BrokenDocument[];
  /**
   * True when the file may declare bindings that could not be identified, so that nothing counts as removed: it may
   * have moved here.
   */
  readonly incomplete: boolean;
}
