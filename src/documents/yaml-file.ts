/** Reads the YAML documents of a text, and finds the place of each field in it. */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  visit,
} from 'yaml';
import type { FieldPath, Problem } from '../api/problem.ts';

/** How often the aliases of one document may be resolved, aliases within aliases included. */
export const MAX_ALIASES = 1000;

/** 1-based. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML text, parsed. Lives only while its file is read. */
export interface YamlFile {
  readonly documents: readonly Document[];
  /** What was not built, because of its form; all of the text when the text as a whole is too much. */
  readonly refused: readonly RefusedDocument[];
  readonly positionAt: (offset: number) => Position;
}

/** YAML 1.2, core schema, whatever a `%YAML` directive says; merge keys stay ordinary keys. */
export function parseYamlFile(text: string): YamlFile {
  const lineCounter = new LineCounter();
  lineCounter.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineCounter.addNewLine(at + 1);
  const { tokens, refused } = readStructure(text);
  const composer = new Composer({
    schema: 'core',
    merge: false,
    // See duplicateKeys().
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'error',
    prettyErrors: false,
  });
  return {
    documents: withoutStacks(() => [...composer.compose(tokens)]),
    refused,
    positionAt(offset) {
      const { line, col } = lineCounter.linePos(offset);
      return { line: Math.max(line, 1), column: Math.max(col, 1) };
    },
  };
}

/** The parser makes an error object of each mistake; nobody looks at where in the parser it was made, which costs most of it. */
function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The offset of a field in the text; of the nearest field around it where it is absent. */
export function offsetOf(document: Document, root: Node, path: FieldPath, at: 'key' | 'value'): number {
  let node: unknown = root;
  let offset = startOf(root) ?? 0;
  for (const [index, part] of path.entries()) {
    const parent = targetOf(document, node);
    const isLast = index === path.length - 1;
    if (isMap(parent)) {
      const pair = parent.items.find((item) => keyText(item.key) === String(part));
      if (pair === undefined) return offset;
      const keyStart = startOf(pair.key);
      const valueStart = startOf(pair.value);
      offset = (isLast && at === 'value' ? (valueStart ?? keyStart) : (keyStart ?? valueStart)) ?? offset;
      node = pair.value;
    } else if (isSeq(parent)) {
      node = parent.items[Number(part)];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** The node that stands at a path, behind an alias or not; `undefined` where there is none. */
export function nodeAt(document: Document, root: Node, path: FieldPath): unknown {
  return path.reduce<unknown>((node, part) => {
    const parent = targetOf(document, node);
    if (isSeq(parent)) return parent.items[Number(part)];
    return isMap(parent) ? parent.items.find(({ key }) => keyText(key) === String(part))?.value : undefined;
  }, root);
}

/** Of each document that was asked: what its aliases stand for. */
const targets = new WeakMap<Document, ReadonlyMap<Alias, Node>>();

/** The node itself, or what it stands for when it is an alias; undefined for an alias without an anchor. */
export function targetOf(document: Document, node: unknown): unknown {
  if (!isAlias(node)) return node;
  let known = targets.get(document);
  if (known === undefined) {
    known = targetsIn(document);
    targets.set(document, known);
  }
  return known.get(node);
}

/** An alias stands for the last node with its anchor before it. The library looks through all nodes for each alias. */
function targetsIn(document: Document): ReadonlyMap<Alias, Node> {
  const anchored = new Map<string, Node>();
  const found = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchored.get(node.source);
        if (target !== undefined) found.set(node, target);
      } else if (isNode(node) && 'anchor' in node && typeof node.anchor === 'string') {
        anchored.set(node.anchor, node);
      }
    },
  });
  return found;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function startOf(node: unknown): number | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range?.[0];
  return undefined;
}

// The structure of a YAML text, before anything is built from it. Building takes much longer than reading tokens, and for
// collections as keys it takes time that doubles with each level.

/** How deep collections may stand in each other; deeper nesting serves only to exhaust a parser. */
const MAX_DEPTH = 100;
/** Words, signs, spaces and line ends of a text; a list of 1 MiB has less. */
const MAX_LEXEMES = 500_000;

interface RefusedDocument {
  /** With the place in the whole text. */
  readonly problem: Problem;
  readonly text: string;
}

interface YamlStructure {
  /** Of the documents that may be built. */
  readonly tokens: readonly CST.Token[];
  readonly refused: readonly RefusedDocument[];
}

/** Reads the tokens of a text. A text that is too much as a whole gives none. */
function readStructure(text: string): YamlStructure {
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
