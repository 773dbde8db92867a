/**
 * Finds keys that stand twice in one mapping of a YAML document. The parser can look for them as well, but compares each
 * key with every other one, which takes minutes for a large file.
 */
import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import { type FieldPath, type Problem, quote } from '../api/problem.ts';

/** One problem for each key that stood before in its mapping, and the place of the first. */
export function duplicateKeys(document: Document): readonly Problem[] {
  const problems: Problem[] = [];
  const open: { readonly node: unknown; readonly path: FieldPath }[] = [
    { node: document.contents, path: [] },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, path } = next;
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) open.push({ node: item, path: [...path, index] });
    } else if (isMap(node)) {
      const seen = new Map<string, unknown>();
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        const first = seen.get(name);
        if (first === undefined) seen.set(name, key);
        else problems.push(duplicateKey([...path, name], key, first));
        open.push({ node: value, path: [...path, name] });
      }
    }
  }
  return problems;
}

function duplicateKey(path: FieldPath, key: unknown, first: unknown): Problem {
  return {
    severity: 'error',
    rule: 'yaml/duplicate-key',
    message: `the key ${quote(path.at(-1))} stands twice`,
    fix: 'keep one of the two and delete the other',
    path,
    at: 'key',
    offset: offsetOf(key),
    firstOffset: offsetOf(first),
  };
}

function offsetOf(key: unknown): number {
  return (key as Partial<Node> | null)?.range?.[0] ?? 0;
}
