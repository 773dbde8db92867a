/** What is wrong with a document, where it stands, and what to write instead. */

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** A stable name of the rule that was broken, such as `yaml/duplicate-key`, `schema/pattern`, `cel/unique-groups`. */
  readonly rule: string;
  /** What is wrong, with the offending value quoted. */
  readonly message: string;
  /** What to write instead; empty when the message says it all. */
  readonly fix: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** Field path such as `spec.sgIds[1]`; empty for the document as a whole. */
  readonly path: string;
}
