/**
 * The file in the source directory that names what is not read: `.cvmsgignore`, in the form of a `.gitignore`.
 *
 * | pattern      | is passed over                                                     |
 * |--------------|--------------------------------------------------------------------|
 * | `charts`     | every file and folder of that name, at any depth                   |
 * | `charts/`    | every folder of that name, at any depth                            |
 * | `/charts`    | the one in the source directory itself; so `a/b`: a slash anchors  |
 * | `*.tpl.yaml` | `*` any text, `?` one character, neither with a slash              |
 * | `a/**`       | everything below that folder                                       |
 *
 * Lines that are empty or start with `#` say nothing. There are no exceptions (`!`) and no sets (`[…]`).
 */
import { isUtf8 } from 'node:buffer';

/** In the source directory itself. */
export const IGNORE_FILE = '.cvmsgignore';

export const MAX_IGNORE_FILE_BYTES = 64 * 1024;
/** Most patterns of a file: each is tried on each entry of the directory. */
const MAX_PATTERNS = 200;
/** Longest line. */
const MAX_PATTERN = 256;

interface Pattern {
  /** Parts between slashes; `**` stands for any number of them. */
  readonly parts: readonly string[];
  readonly foldersOnly: boolean;
}

/** The file cannot be used: it is not known what should not be read. */
export class IgnoreFileError extends Error {
  override readonly name = 'IgnoreFileError';
}

export class IgnoreRules {
  readonly #patterns: readonly Pattern[];

  private constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns;
  }

  /** Passes over nothing. */
  static readonly none = new IgnoreRules([]);

  /** @throws IgnoreFileError that names the line. */
  static parse(bytes: Uint8Array): IgnoreRules {
    if (bytes.length > MAX_IGNORE_FILE_BYTES)
      throw new IgnoreFileError(`${IGNORE_FILE} has more than ${MAX_IGNORE_FILE_BYTES} bytes`);
    if (!isUtf8(bytes)) throw new IgnoreFileError(`${IGNORE_FILE} is not UTF-8 text`);
    const text = new TextDecoder().decode(bytes);
    const patterns = text.split(/\r?\n/).flatMap((line, index) => {
      const pattern = line.trim();
      return pattern === '' || pattern.startsWith('#') ? [] : [parsePattern(pattern, index + 1)];
    });
    if (patterns.length > MAX_PATTERNS)
      throw new IgnoreFileError(`${IGNORE_FILE} has more than ${MAX_PATTERNS} patterns`);
    return new IgnoreRules(patterns);
  }

  /** @param path below the source directory, with `/`. What stands in a folder that is passed over need not be asked for. */
  ignores(path: string, isFolder: boolean): boolean {
    if (this.#patterns.length === 0) return false;
    const names = path.split('/');
    return this.#patterns.some(
      ({ parts, foldersOnly }) => (isFolder || !foldersOnly) && matchesAll(parts, names, samePart),
    );
  }
}

function parsePattern(line: string, number: number): Pattern {
  if (line.length > MAX_PATTERN) throw wrong(number, `is longer than ${MAX_PATTERN} characters`);
  const unknown = line.startsWith('!') ? '!' : /[[\]\\]/.exec(line)?.[0];
  if (unknown !== undefined) throw wrong(number, `has "${unknown}", which is not understood here`);
  const foldersOnly = line.endsWith('/');
  const plain = line.replace(/\/+$/, '');
  const isAnchored = plain.includes('/');
  const parts = plain.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..')) throw wrong(number, 'names nothing below this directory');
  return { parts: isAnchored ? parts : ['**', ...parts], foldersOnly };
}

function wrong(line: number, message: string): IgnoreFileError {
  return new IgnoreFileError(`line ${line} of ${IGNORE_FILE} ${message}`);
}

function samePart(pattern: string, name: string): boolean {
  return matchesAll([...pattern].map(anyText), [...name], (one, other) => one === '?' || one === other);
}

function anyText(character: string): string {
  return character === '*' ? '**' : character;
}

/**
 * Whether a sequence has the form of a pattern in which `**` stands for any number of elements. It goes back to the last
 * `**` alone, so it takes at most the product of both lengths, whatever the pattern.
 */
function matchesAll(
  pattern: readonly string[],
  sequence: readonly string[],
  same: (pattern: string, element: string) => boolean,
): boolean {
  let p = 0;
  let s = 0;
  let star = -1;
  let resumed = 0;
  while (s < sequence.length) {
    const part = pattern[p];
    if (part === '**') {
      star = p++;
      resumed = s;
    } else if (part !== undefined && same(part, sequence[s] as string)) {
      p++;
      s++;
    } else if (star !== -1) {
      p = star + 1;
      s = ++resumed;
    } else {
      return false;
    }
  }
  while (pattern[p] === '**') p++;
  return p === pattern.length;
}
