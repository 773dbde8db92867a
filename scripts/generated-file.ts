/** A generated file: its path in the checkout, and its text. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}
