/** Reads the YAML documents of a text, and finds the place of each field in it. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml';
import type { FieldPath } from './fault.ts';

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
  readonly positionAt: (offset: number) => Position;
}

/** YAML 1.2, core schema, whatever a `%YAML` directive says; merge keys stay ordinary keys. */
export function parseYamlFile(text: string): YamlFile {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter,
    schema: 'core',
    merge: false,
    // See duplicateKeys().
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'error',
    prettyErrors: false,
  });
  return {
    documents: Array.isArray(parsed) ? parsed : [],
    positionAt(offset) {
      const { line, col } = lineCounter.linePos(offset);
      return { line: Math.max(line, 1), column: Math.max(col, 1) };
    },
  };
}

/** The offset of a field in the text; of the nearest field around it where it is absent. */
export function offsetOf(document: Document, root: Node, path: FieldPath, at: 'key' | 'value'): number {
  let node: unknown = root;
  let offset = startOf(root) ?? 0;
  for (const [index, part] of path.entries()) {
    const parent = isAlias(node) ? node.resolve(document) : node;
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
    const parent = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(parent)) return parent.items[Number(part)];
    return isMap(parent) ? parent.items.find(({ key }) => keyText(key) === String(part))?.value : undefined;
  }, root);
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function startOf(node: unknown): number | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range?.[0];
  return undefined;
}
