/** Reads a text of plain YAML in which everything is right; anything else is left to the full parser. */
import { APPROVAL_ANNOTATION } from './approval.ts';
import { checkBinding } from './binding-check.ts';
import { documentKind } from './document-kind.ts';
import { EMERGENCY_ANNOTATION } from './emergency.ts';
import type { BindingDocument, FileReading } from './file-reading.ts';
import { readPlainYaml } from './plain-yaml.ts';

/** The reading of a text without any finding; `undefined` when the text is not plain or something is to be said. */
export function readPlain(file: string, text: string): FileReading | undefined {
  const parsed = readPlainYaml(text);
  if (parsed === undefined) return undefined;
  const documents: BindingDocument[] = [];
  let skipped = 0;
  for (const { value, line, instanceIdsLine, instanceIdsColumn } of parsed) {
    const kind = documentKind(value);
    if (kind.is === 'foreign') {
      skipped++;
      continue;
    }
    if (kind.is !== 'binding') return undefined;
    const { binding, faults } = checkBinding(kind.value);
    if (binding === undefined || faults.length > 0) return undefined;
    // Whoever reads what it permits has to be told where that stands.
    const { annotations = {} } = binding.metadata;
    if (APPROVAL_ANNOTATION in annotations || EMERGENCY_ANNOTATION in annotations) return undefined;
    documents.push({ binding, file, line, column: 1, instanceIdsLine, instanceIdsColumn });
  }
  return { file, documents, findings: [], skipped, broken: [], incomplete: false };
}
