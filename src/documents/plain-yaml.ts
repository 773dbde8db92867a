/**
 * A fast reader for the plain YAML that nearly all bindings are written in: block mappings, lists of texts, texts on
 * one line, `true` and `false`. It declines everything else, so that the full parser decides; what it does read, it
 * reads as the full parser does.
 *
 * State per document: a stack of open mappings; at most one `pending` key that waits for its mapping or list on the
 * next lines; at most one open `list`, which belongs to the innermost mapping.
 */

export interface PlainDocument {
  readonly value: Readonly<Record<string, unknown>>;
  /** 1-based; the column is always 1. */
  readonly line: number;
  /** Where the key `spec.instanceIds` stands, 1-based; the document's own place when there is none. */
  readonly instanceIdsLine: number;
  readonly instanceIdsColumn: number;
}

interface OpenMapping {
  readonly indent: number;
  readonly fields: Record<string, unknown>;
}

/** Indent, key and what follows the colon. Longer lines may break the parser's limit for keys, so they are declined. */
const KEY_LINE = /^( *)([A-Za-z][\w./-]*):(?: +(.*))?$/;
const ITEM_LINE = /^( *)- +(.*)$/;
const BLANK_LINE = /^ *(?:#.*)?$/;
const LONE_RETURN = /\r(?!\n)/;
const SEPARATOR_LINE = /^--- *$/;
const MAX_LINE = 1000;
/** Keys that the core schema does not take for texts. */
const RESERVED_KEY = /^(?:true|false|null)$/i;

/** The documents of a text that is plain throughout; empty ones are left out. `undefined` when it is not plain. */
export function readPlainYaml(text: string): readonly PlainDocument[] | undefined {
  if (LONE_RETURN.test(text)) return undefined;
  const documents: PlainDocument[] = [];
  let reader = new DocumentReader();
  for (const [index, rawLine] of text.split('\n').entries()) {
    const line = rawLine.endsWith('\r') ? rawLine.slice(0, -1) : rawLine;
    if (line.length > MAX_LINE) return undefined;
    if (BLANK_LINE.test(line)) continue;
    if (SEPARATOR_LINE.test(line)) {
      if (!reader.finish(documents)) return undefined;
      reader = new DocumentReader();
    } else if (!reader.take(line, index + 1)) {
      return undefined;
    }
  }
  return reader.finish(documents) ? documents : undefined;
}

/** Reads one document line by line. `false` from a method means: not plain. */
class DocumentReader {
  readonly #open: OpenMapping[] = [];
  #pending: string | undefined;
  #list: unknown[] | undefined;
  #listIndent = 0;
  #line = 0;
  #instanceIdsLine = 0;
  #instanceIdsColumn = 0;

  take(line: string, lineNumber: number): boolean {
    const item = ITEM_LINE.exec(line);
    if (item !== null) return this.#takeItem(item[1]?.length ?? 0, item[2] ?? '');
    const entry = KEY_LINE.exec(line);
    if (entry === null) return false;
    return this.#takeEntry({
      indent: entry[1]?.length ?? 0,
      key: entry[2] ?? '',
      rest: entry[3] ?? '',
      lineNumber,
    });
  }

  /** Adds the document to `documents`, unless it is empty. */
  finish(documents: PlainDocument[]): boolean {
    const root = this.#open[0];
    if (root === undefined) return true;
    if (this.#pending !== undefined) return false;
    documents.push({
      value: root.fields,
      line: this.#line,
      instanceIdsLine: this.#instanceIdsLine || this.#line,
      instanceIdsColumn: this.#instanceIdsColumn || 1,
    });
    return true;
  }

  #takeItem(indent: number, text: string): boolean {
    const mapping = this.#open.at(-1);
    if (mapping === undefined) return false;
    if (this.#pending !== undefined) {
      if (indent < mapping.indent) return false;
      this.#list = [];
      this.#listIndent = indent;
      mapping.fields[this.#pending] = this.#list;
      this.#pending = undefined;
    }
    if (this.#list === undefined || indent !== this.#listIndent) return false;
    const scalar = plainScalar(text);
    if (scalar === undefined || typeof scalar === 'object') return false;
    this.#list.push(scalar);
    return true;
  }

  #takeEntry(entry: { indent: number; key: string; rest: string; lineNumber: number }): boolean {
    const { indent, key, rest, lineNumber } = entry;
    const mapping = this.#mappingAt(indent, lineNumber);
    if (mapping === undefined || RESERVED_KEY.test(key) || Object.hasOwn(mapping.fields, key)) return false;
    if (key === 'instanceIds' && this.#open.length === 2 && this.#open[0]?.fields.spec === mapping.fields) {
      this.#instanceIdsLine = lineNumber;
      this.#instanceIdsColumn = indent + 1;
    }
    if (rest === '' || rest.startsWith('#')) {
      this.#pending = key;
      return true;
    }
    const value = plainScalar(rest);
    if (value === undefined) return false;
    mapping.fields[key] = value;
    return true;
  }

  /** The mapping that an entry at this indent belongs to; opens and closes mappings as needed. */
  #mappingAt(indent: number, lineNumber: number): OpenMapping | undefined {
    const innermost = this.#open.at(-1);
    if (innermost === undefined) {
      if (indent !== 0) return undefined;
      this.#line = lineNumber;
      return this.#push(indent);
    }
    if (this.#pending !== undefined) {
      if (indent <= innermost.indent) return undefined;
      const opened = this.#push(indent);
      innermost.fields[this.#pending] = opened.fields;
      this.#pending = undefined;
      return opened;
    }
    this.#list = undefined;
    while ((this.#open.at(-1)?.indent ?? -1) > indent) this.#open.pop();
    const mapping = this.#open.at(-1);
    return mapping?.indent === indent ? mapping : undefined;
  }

  #push(indent: number): OpenMapping {
    const mapping: OpenMapping = { indent, fields: {} };
    this.#open.push(mapping);
    return mapping;
  }
}

// Reads one value that stands on one line, if it is so plain that there is no doubt about it.

/** A text that begins with a letter, in double quotes without escapes, or in single quotes; a flow list or mapping. */
const VALUE =
  /^(?:([A-Za-z][\w./@-]*(?: [\w./@-]+)*)|"([^"\\\t]*)"|'([^'\t]*)'|\[([^\]]*)\]|\{([^}]*)\}) *(?: #.*)?$/;
const WORD = /^[A-Za-z][\w./@-]*$/;
const PAIR = /^([A-Za-z][\w./-]*): +(.*)$/;
const RESERVED = /^(?:true|false|null)$/i;

/** The value of the text after `key:` or `- `; `undefined` when it is not plain. */
function plainScalar(text: string): unknown {
  const match = VALUE.exec(text);
  if (match === null) return undefined;
  const [, plain, double, single, list, mapping] = match;
  if (plain !== undefined) return plainText(plain);
  if (list !== undefined) return flowList(list);
  if (mapping !== undefined) return flowMapping(mapping);
  const quoted = double ?? single;
  return quoted === undefined ? undefined : ownText(quoted);
}

function plainText(text: string): string | boolean | undefined {
  if (text === 'true') return true;
  if (text === 'false') return false;
  return isReserved(text) ? undefined : ownText(text);
}

/** Not a text to one of YAML 1.1 and 1.2. */
function isReserved(text: string): boolean {
  return text.length <= 5 && (RESERVED.test(text) || YAML_1_1_BOOLEAN.test(text));
}

function flowList(inside: string): readonly string[] | undefined {
  if (inside.trim() === '') return [];
  const words = inside.split(',').map((part) => part.replaceAll(/^ +| +$/g, ''));
  return words.every((word) => WORD.test(word) && !isReserved(word)) ? words.map(ownText) : undefined;
}

function flowMapping(inside: string): Readonly<Record<string, unknown>> | undefined {
  const fields: Record<string, unknown> = {};
  for (const part of inside.split(',')) {
    const [, key = '', value = ''] = PAIR.exec(part.replaceAll(/^ +| +$/g, '')) ?? [];
    if (!WORD.test(value) || isReserved(value) || isReserved(key) || Object.hasOwn(fields, key))
      return undefined;
    fields[key] = ownText(value);
  }
  return fields;
}

/** Copies of texts that were cut out of a larger one. */
const SHARED_TEXTS = 2_048;
const texts = new Map<string, string>();

/**
 * The same text, which keeps no other one alive: a piece that was cut out of a text holds on to the whole of it. Texts that
 * many say, such as ids of groups, are kept once; what is remembered for that is bounded.
 */
function ownText(piece: string): string {
  const known = texts.get(piece);
  if (known !== undefined) return known;
  const own = Buffer.from(piece, 'utf8').toString('utf8');
  if (texts.size >= SHARED_TEXTS) texts.clear();
  texts.set(own, own);
  return own;
}

/** What YAML 1.1 takes for a boolean and YAML 1.2 for a text, when it is not in quotes. */
export const YAML_1_1_BOOLEAN = /^(?:y|n|yes|no|on|off)$/i;
