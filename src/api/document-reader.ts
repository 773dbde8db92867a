/** Reads the bindings of one file. Never throws: whatever is wrong becomes a finding. */
import type { CvmSecurityGroupBinding } from './binding.generated.ts';
import { decodeFile } from './file-text.ts';
import type { Finding } from './finding.ts';
import { readPlain } from './plain-reading.ts';
import { readYaml } from './yaml-reading.ts';

/** A valid binding, and where it stands. */
export interface BindingDocument {
  /** With defaults filled in (`mode`, `suspend`, `metadata.namespace`) and without status. */
  readonly binding: CvmSecurityGroupBinding;
  readonly file: string;
  /** 1-based, as are all lines and columns. */
  readonly line: number;
  readonly column: number;
  readonly instanceIdsLine: number;
  readonly instanceIdsColumn: number;
}

/** What one file says. */
export interface FileReading {
  readonly file: string;
  readonly documents: readonly BindingDocument[];
  readonly findings: readonly Finding[];
  /** Documents of foreign kinds. */
  readonly skipped: number;
  /** Keys `namespace/name` of documents that have errors but whose identity was readable. */
  readonly broken: readonly string[];
  /**
   * True when the file may declare bindings that could not be identified, so that nothing which it declared before
   * counts as removed.
   */
  readonly incomplete: boolean;
}

/** Reads the documents of a file. A file with a YAML syntax error gives no documents at all. */
export function readDocuments(file: string, bytes: Uint8Array): FileReading {
  const decoded = decodeFile(bytes);
  if (!decoded.ok) {
    const { ok: _, ...fault } = decoded;
    return unreadable({ severity: 'error', ...fault, file, path: '' });
  }
  try {
    return readPlain(file, decoded.text) ?? readYaml(file, decoded.text);
  } catch (error) {
    return unreadable({
      severity: 'error',
      rule: 'file/unreadable',
      message: `the file cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'write the document in a simpler way',
      file,
      line: 1,
      column: 1,
      path: '',
    });
  }
}

function unreadable(finding: Finding): FileReading {
  return { file: finding.file, documents: [], findings: [finding], skipped: 0, broken: [], incomplete: true };
}
