/** Findings as SARIF 2.1.0, which code-scanning pages read. */
import type { ShownDiagnostic } from '../output/diagnostic-text.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** A SARIF log with one run. Paths are relative URIs where the user named relative paths. */
export function sarifLog(diagnostics: readonly ShownDiagnostic[], version: string): unknown {
  const rules = [...new Set(diagnostics.map((diagnostic) => diagnostic.rule))].sort();
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'cvmsg',
            version,
            rules: rules.map((id) => ({ id, shortDescription: { text: ruleTitle(id) } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => ({
          ruleId: diagnostic.rule,
          ruleIndex: rules.indexOf(diagnostic.rule),
          level: diagnostic.severity === 'info' ? 'note' : diagnostic.severity,
          message: {
            text:
              diagnostic.fix === '' ? diagnostic.message : `${diagnostic.message}. Fix: ${diagnostic.fix}`,
          },
          locations: [
            {
              physicalLocation: physicalLocation(diagnostic),
              ...(diagnostic.path === ''
                ? {}
                : { logicalLocations: [{ fullyQualifiedName: diagnostic.path }] }),
            },
          ],
          ...relatedLocations(diagnostic),
        })),
      },
    ],
  };
}

function physicalLocation({ file, line, column }: Pick<ShownDiagnostic, 'file' | 'line' | 'column'>) {
  return {
    artifactLocation: { uri: fileUri(file) },
    region: { startLine: line, startColumn: column },
  };
}

function relatedLocations({ elsewhere = [] }: ShownDiagnostic): object {
  if (elsewhere.length === 0) return {};
  return { relatedLocations: elsewhere.map((place) => ({ physicalLocation: physicalLocation(place) })) };
}

/** `yaml/duplicate-key` becomes `yaml: duplicate key`. */
function ruleTitle(id: string): string {
  return id.replace('/', ': ').replaceAll('-', ' ');
}

function fileUri(file: string): string {
  const encoded = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${encoded}` : encoded.replace(/^(?:\.\/)+/, '');
}
