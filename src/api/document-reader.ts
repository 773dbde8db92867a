/** Reads the bindings of one file. Never throws: whatever is wrong becomes a finding. */

import { boundedWords } from './fault.ts';
import type { FileReading } from './file-reading.ts';
import { decodeFile } from './file-text.ts';
import type { Finding } from './finding.ts';
import { countForeign, mayBeOurs } from './foreign-text.ts';
import { messageOf } from './message-of.ts';
import { readPlain } from './plain-reading.ts';
import { readYaml } from './yaml-reading.ts';

/** What the plain reader reads of it takes a few milliseconds at most. */
const SHORT_FILE_BYTES = 16 * 1024;

export interface ReadingOptions {
  /** Whether the file held bindings before: it is then parsed in any case, so that what breaks it is told and they stay. */
  readonly held?: boolean;
}

/**
 * Reads the documents of a file. A file with a YAML syntax error gives no documents at all; one without any sign of a
 * binding is not parsed.
 */
export function readDocuments(
  file: string,
  bytes: Uint8Array,
  { held = false }: ReadingOptions = {},
): FileReading {
  const decoded = decodeFile(bytes);
  if (!decoded.ok) {
    const { ok: _, ...fault } = decoded;
    return unreadable({ severity: 'error', ...fault, file, path: '' });
  }
  if (!held && !mayBeOurs(decoded.text)) return foreign(file, decoded.text);
  try {
    return readPlain(file, decoded.text) ?? readYaml(file, decoded.text);
  } catch (error) {
    return unreadable({
      severity: 'error',
      rule: 'file/unreadable',
      message: boundedWords(`the file cannot be read as YAML: ${messageOf(error)}`),
      fix: 'write the document in a simpler way',
      file,
      line: 1,
      column: 1,
      path: '',
    });
  }
}

/**
 * What can be told of a file in next to no time: a short text that is foreign, or plain and right; undefined for any
 * other, which {@link readDocuments} reads.
 */
export function readAtOnce(file: string, bytes: Uint8Array, { held = false }: ReadingOptions = {}) {
  if (bytes.length > SHORT_FILE_BYTES) return undefined;
  const decoded = decodeFile(bytes);
  if (!decoded.ok) return undefined;
  if (!held && !mayBeOurs(decoded.text)) return foreign(file, decoded.text);
  return readPlain(file, decoded.text);
}

function foreign(file: string, text: string): FileReading {
  return { file, documents: [], findings: [], skipped: countForeign(text), broken: [], incomplete: false };
}

function unreadable(finding: Finding): FileReading {
  return { file: finding.file, documents: [], findings: [finding], skipped: 0, broken: [], incomplete: true };
}
