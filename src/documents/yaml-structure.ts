/**
 * The structure of a YAML text, before anything is built from it. Building takes much longer than reading tokens, and for
 * collections as keys it takes time that doubles with each level.
 */
import { type CST, Lexer, Parser } from 'yaml';
import type { Problem } from '../api/problem.ts';

/** How deep collections may stand in each other; deeper nesting serves only to exhaust a parser. */
const MAX_DEPTH = 100;
/** Words, signs, spaces and line ends of a text; a list of 1 MiB has less. */
const MAX_LEXEMES = 500_000;

export interface RefusedDocument {
  /** With the place in the whole text. */
  readonly problem: Problem;
  readonly text: string;
}

export interface YamlStructure {
  /** Of the documents that may be built. */
  readonly tokens: readonly CST.Token[];
  readonly refused: readonly RefusedDocument[];
}

/** Reads the tokens of a text. A text that is too much as a whole gives none. */
export function readStructure(text: string): YamlStructure {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > MAX_LEXEMES) return refuseAll(text, tooLarge(parser.offset));
    tokens.push(...parser.next(lexeme));
    // The lowest is the document itself, and the highest may be a value.
    if (parser.stack.length > MAX_DEPTH + 1 && depthOf(parser) > MAX_DEPTH)
      return refuseAll(text, tooDeep(parser.offset));
  }
  tokens.push(...parser.end());
  return sorted(text, tokens);
}

function sorted(text: string, tokens: readonly CST.Token[]): YamlStructure {
  const refused: RefusedDocument[] = [];
  const sound: CST.Token[] = [];
  let end = text.length;
  for (const token of tokens.toReversed()) {
    const key = token.type === 'document' ? collectionAsKey(token) : undefined;
    if (key === undefined) sound.push(token);
    else refused.push({ problem: notAKey(key), text: text.slice(token.offset, end) });
    end = token.offset;
  }
  return { tokens: sound.reverse(), refused: refused.reverse() };
}

function depthOf({ stack }: Parser): number {
  return stack.filter(isCollection).length;
}

function isCollection(
  token: CST.Token | null | undefined,
): token is CST.BlockMap | CST.BlockSequence | CST.FlowCollection {
  return token?.type === 'block-map' || token?.type === 'block-seq' || token?.type === 'flow-collection';
}

/** The first collection that stands as a key. */
function collectionAsKey(document: CST.Document): CST.Token | undefined {
  const open: (CST.Token | undefined)[] = [document.value];
  for (let token = open.pop(); token !== undefined || open.length > 0; token = open.pop()) {
    if (!isCollection(token)) continue;
    for (const { key, value } of token.items) {
      if (isCollection(key)) return key;
      open.push(value);
    }
  }
  return undefined;
}

function refuseAll(text: string, problem: Problem): YamlStructure {
  return { tokens: [], refused: [{ problem, text }] };
}

type Words = Pick<Problem, 'rule' | 'message' | 'fix'>;

function problemAt(offset: number, words: Words): Problem {
  return { severity: 'error', ...words, path: [], at: 'value', offset };
}

function tooLarge(offset: number): Problem {
  return problemAt(offset, {
    rule: 'file/too-much',
    message: `the file has more than ${MAX_LEXEMES} words and signs`,
    fix: 'split it into several files',
  });
}

function tooDeep(offset: number): Problem {
  return problemAt(offset, {
    rule: 'file/too-deep',
    message: `values are nested more than ${MAX_DEPTH} deep`,
    fix: 'write the document without that nesting',
  });
}

function notAKey(key: CST.Token): Problem {
  return problemAt('offset' in key ? key.offset : 0, {
    rule: 'yaml/collection-as-key',
    message: `a ${key.type === 'block-seq' ? 'list' : 'mapping or list'} stands as the name of a field`,
    fix: 'write a text as the name; `{{ … }}` of a template has to be filled in, or to stand in quotes',
  });
}
