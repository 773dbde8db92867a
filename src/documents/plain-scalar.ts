/** Reads one value that stands on one line, if it is so plain that there is no doubt about it. */
import { YAML_1_1_BOOLEAN } from './yaml-1-1-boolean.ts';

/** A text that begins with a letter, in double quotes without escapes, or in single quotes; a flow list or mapping. */
const VALUE =
  /^(?:([A-Za-z][\w./@-]*(?: [\w./@-]+)*)|"([^"\\\t]*)"|'([^'\t]*)'|\[([^\]]*)\]|\{([^}]*)\}) *(?: #.*)?$/;
const WORD = /^[A-Za-z][\w./@-]*$/;
const PAIR = /^([A-Za-z][\w./-]*): +(.*)$/;
const RESERVED = /^(?:true|false|null)$/i;

/** The value of the text after `key:` or `- `; `undefined` when it is not plain. */
export function plainScalar(text: string): unknown {
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
