/** A fleet file that cannot be used; the message starts with `file:line:column`. */
export class FleetFileError extends Error {
  override readonly name = 'FleetFileError';
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;

  constructor(message: string, place: { file: string; line: number; column: number }) {
    super(`${place.file}:${place.line}:${place.column}: ${message}`);
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
  }
}
