/** What is wrong with a value, before it is known where in a file the value stands. */

/** The way from the root of a document to a value. */
export type FieldPath = readonly (string | number)[];

export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly rule: string;
  readonly message: string;
  readonly fix: string;
  readonly path: FieldPath;
  /** Whether the field's name or its value is to be pointed at. */
  readonly at: 'key' | 'value';
  /** For a duplicate: where the same value stands first. */
  readonly first?: FieldPath;
  /** Where in the text it stands, when that is known without the path. */
  readonly offset?: number;
  /** For a duplicate: where in the text the first one stands, when that is known without its path. */
  readonly firstOffset?: number;
}

/** The usual notation of a path, such as `spec.sgIds[1]` or `metadata.labels["a/b"]`. */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(part)) return `${text}[${quote(part)}]`;
    return text === '' ? bounded(part) : `${text}.${bounded(part)}`;
  }, '');
}

const MAX_QUOTED = 80;
/** Longest message or fix: many quotes may stand in one. */
const MAX_WORDS = 1_000;

/** A text of a document that stands in a message without quotes, shortened to 80 characters. */
export function bounded(text: string, most = MAX_QUOTED): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;
}

/** A message as it is shown, whatever it quotes. */
export function boundedWords(message: string): string {
  return bounded(message, MAX_WORDS);
}

/** A value as it may stand in a message: JSON, shortened to 80 characters. */
export function quote(value: unknown): string {
  if (typeof value === 'string' && value.length > MAX_QUOTED) {
    return `${JSON.stringify(value.slice(0, MAX_QUOTED))}… (${value.length} characters)`;
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return JSON.stringify(value) ?? String(value);
}
