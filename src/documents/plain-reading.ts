/** Reads a text of plain YAML in which everything is right; anything else is left to the full parser. */
import { APPROVAL_ANNOTATION } from '../api/approval.ts';
import { EMERGENCY_ANNOTATION } from '../api/emergency.ts';
import { checkBinding } from './binding-check.ts';
import { documentKind } from './document-kind.ts';
import type { BindingDocument, ParsedFile } from './parsed-file.ts';
import { readPlainYaml } from './plain-yaml.ts';

/** The reading of a text without any diagnostic; `undefined` when the text is not plain or something is to be said. */
export function readPlain(file: string, text: string): ParsedFile | undefined {
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
    const { binding, problems } = checkBinding(kind.value);
    if (binding === undefined || problems.length > 0) return undefined;
    // Whoever reads what it permits has to be told where that stands.
    const { annotations = {} } = binding.metadata;
    if (APPROVAL_ANNOTATION in annotations || EMERGENCY_ANNOTATION in annotations) return undefined;
    documents.push({ binding, file, line, column: 1, instanceIdsLine, instanceIdsColumn });
  }
  return { file, documents, diagnostics: [], skipped, broken: [], incomplete: false };
}
