/** Reads the bindings of one file. Never throws: whatever is wrong becomes a finding. */

import type { FileReading } from './file-reading.ts';
import { decodeFile } from './file-text.ts';
import type { Finding } from './finding.ts';
import { messageOf } from './message-of.ts';
import { readPlain } from './plain-reading.ts';
import { readYaml } from './yaml-reading.ts';

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
      message: `the file cannot be read as YAML: ${messageOf(error)}`,
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
