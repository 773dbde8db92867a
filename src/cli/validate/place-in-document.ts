/** Where a field of a document stands, for those who have only its first line. */
import { type Document, isMap, isSeq, type Node } from 'yaml';
import type { BindingDocument } from '../../documents/parsed-file.ts';
import { nodeAt, offsetOf, parseYamlFile, targetOf } from '../../documents/yaml-file.ts';

interface Place {
  readonly line: number;
  readonly column: number;
}

/** A function that finds the fields of the text's documents; a document that is not found is its own place. */
export function placesIn(
  text: string,
): (document: Pick<BindingDocument, 'line' | 'column'>, path: readonly (string | number)[]) => Place {
  const yaml = parseYamlFile(text);
  const subjects = new Map<string, readonly [Document, Node]>();
  for (const document of yaml.documents) {
    for (const node of rootsOf(document)) {
      const { line, column } = yaml.positionAt(offsetOf(document, node, [], 'value'));
      subjects.set(`${line}:${column}`, [document, node]);
    }
  }
  return ({ line, column }, path) => {
    const subject = subjects.get(`${line}:${column}`);
    if (subject === undefined) return { line, column };
    const [document, node] = subject;
    return yaml.positionAt(offsetOf(document, node, path, 'value'));
  };
}

/** The document itself, and what stands in it as in a list of objects. */
function rootsOf(document: Document): readonly Node[] {
  const { contents } = document;
  if (contents === null) return [];
  const items = nodeAt(document, contents as Node, ['items']);
  const list = targetOf(document, items);
  return [contents as Node, ...(isSeq(list) ? list.items.filter((item) => isMap(item)) : [])];
}
