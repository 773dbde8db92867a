/** Warns of texts that kubectl, which reads YAML 1.1, takes for booleans: a server would then refuse the document. */
import { type Document, isScalar, type Node } from 'yaml';
import type { CvmSecurityGroupBinding } from '../api/binding.generated.ts';
import type { FieldPath, Problem } from '../api/problem.ts';
import { YAML_1_1_BOOLEAN } from './yaml-1-1-boolean.ts';
import { nodeAt } from './yaml-file.ts';

/** One warning for each such text of the binding that stands without quotes. */
export function yaml11Faults(
  document: Document,
  root: Node,
  binding: CvmSecurityGroupBinding,
): readonly Problem[] {
  return freeTexts(binding).flatMap(([path, text]) => {
    if (!YAML_1_1_BOOLEAN.test(text)) return [];
    const node = nodeAt(document, root, path);
    if (!isScalar(node) || node.type !== 'PLAIN') return [];
    return [
      {
        severity: 'warning',
        rule: 'yaml/boolean-of-1-1',
        message: `${text} without quotes is a text here, but a boolean to kubectl`,
        fix: `put it in quotes: \`"${text}"\``,
        path,
        at: 'value',
      },
    ];
  });
}

/** The texts that no pattern keeps from looking like a boolean. */
function freeTexts({ metadata, spec }: CvmSecurityGroupBinding): readonly (readonly [FieldPath, string])[] {
  const of = (field: 'labels' | 'annotations') =>
    Object.entries(metadata[field] ?? {}).map(([key, text]) => [['metadata', field, key], text] as const);
  return [
    [['metadata', 'name'], metadata.name],
    [['metadata', 'namespace'], metadata.namespace ?? ''],
    [['spec', 'credentialsRef', 'name'], spec.credentialsRef?.name ?? ''],
    ...of('labels'),
    ...of('annotations'),
  ];
}
