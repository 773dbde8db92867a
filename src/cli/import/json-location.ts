/** Finds where in a JSON text a value or a problem stands. The parser's own messages quote the text around a problem, which may hold secrets. */

export type JsonPath = readonly (string | number)[];

/** 1-based; columns count UTF-16 units. */
export interface JsonPlace {
  readonly line: number;
  readonly column: number;
}

/** Where the first problem stands; undefined in valid JSON, and in JSON that is nested too deeply to follow. */
export function locateProblem(text: string): JsonPlace | undefined {
  const offset = scan(text, () => {});
  return offset === undefined ? undefined : placeOf(text, offset);
}

/** Where the value at `path` starts, or the nearest value around it that is there. */
export function locateValue(text: string, path: JsonPath): JsonPlace {
  let best = { depth: -1, offset: 0 };
  scan(text, (at, offset) => {
    // Of keys that are there twice the parser takes the last.
    if (at.length >= best.depth && at.every((step, index) => step === path[index])) {
      best = { depth: at.length, offset };
    }
  });
  return placeOf(text, best.offset);
}

/** `$.resources[0].instances[1].attributes.id`. */
export function pathText(path: JsonPath): string {
  const step = (one: string | number) => {
    if (typeof one === 'number') return `[${one}]`;
    return /^\w+$/.test(one) ? `.${one}` : `[${JSON.stringify(one)}]`;
  };
  return `$${path.map(step).join('')}`;
}

function placeOf(text: string, offset: number): JsonPlace {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids these in a string.
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const LITERAL = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

class Problem extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super('problem');
    this.offset = offset;
  }
}

/** Visits every value with its path and offset. Returns the offset of the first problem. */
function scan(text: string, visit: (path: JsonPath, offset: number) => void): number | undefined {
  let at = 0;
  const path: (string | number)[] = [];
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw new Problem(at);
    at += found.length;
    return found;
  };
  const next = (): string => {
    take(SPACE);
    return text.charAt(at);
  };
  const expect = (character: string): void => {
    if (next() !== character) throw new Problem(at);
    at++;
  };
  const value = (): void => {
    const first = next();
    visit(path, at);
    if (first === '{') members('}', () => path.push(String(JSON.parse(key()))));
    else if (first === '[') {
      let index = 0;
      members(']', () => path.push(index++));
    } else if (first === '"') string();
    else take(LITERAL);
  };
  // Piece by piece: one pattern for a whole string would try every way to cut it when its end is missing.
  const string = (): string => {
    const from = at;
    expect('"');
    for (take(PLAIN); text.charAt(at) !== '"'; take(PLAIN)) take(ESCAPE);
    at++;
    return text.slice(from, at);
  };
  const key = (): string => {
    next();
    const found = string();
    expect(':');
    return found;
  };
  const members = (end: string, enter: () => void): void => {
    at++;
    if (next() === end) {
      at++;
      return;
    }
    for (;;) {
      enter();
      value();
      path.pop();
      if (next() === end) break;
      expect(',');
    }
    at++;
  };
  try {
    value();
    return next() === '' ? undefined : at;
  } catch (error) {
    if (error instanceof Problem) return error.offset;
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
