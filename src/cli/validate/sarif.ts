/** Findings as SARIF 2.1.0, which code-scanning pages read. */
import type { Finding } from '../../api/finding.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** A SARIF log with one run. Paths are relative URIs where the user named relative paths. */
export function sarifLog(findings: readonly Finding[], version: string): unknown {
  const rules = [...new Set(findings.map((finding) => finding.rule))].sort();
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
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: rules.indexOf(finding.rule),
          level: finding.severity,
          message: { text: finding.fix === '' ? finding.message : `${finding.message}. Fix: ${finding.fix}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: fileUri(finding.file) },
                region: { startLine: finding.line, startColumn: finding.column },
              },
              ...(finding.path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: finding.path }] }),
            },
          ],
        })),
      },
    ],
  };
}

/** `yaml/duplicate-key` becomes `yaml: duplicate key`. */
function ruleTitle(id: string): string {
  return id.replace('/', ': ').replaceAll('-', ' ');
}

function fileUri(file: string): string {
  const encoded = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${encoded}` : encoded.replace(/^(?:\.\/)+/, '');
}
