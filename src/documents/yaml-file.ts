/** Reads the YAML documents of a text, and finds the place of each field in it. */
import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  visit,
} from 'yaml';
import type { FieldPath } from '../api/problem.ts';
import { type RefusedDocument, readStructure } from './yaml-structure.ts';

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
