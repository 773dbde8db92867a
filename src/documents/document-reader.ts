/** Reads the bindings of one file. Never throws: whatever is wrong becomes a diagnostic. */

import { APPROVAL_ANNOTATION } from '../api/approval.ts';
import type { Diagnostic } from '../api/diagnostic.ts';
import { messageOf } from '../api/message-of.ts';
import { EMERGENCY_ANNOTATION } from '../api/permit.ts';
import { boundedWords } from '../api/problem.ts';
import { checkBinding } from './binding-check.ts';
import { documentKind } from './document-kind.ts';
import { decodeFile } from './file-text.ts';
import { bytesNameGroup, countForeign, looksLikeOurs, namesGroup } from './foreign-text.ts';
import type { BindingDocument, ParsedFile } from './parsed-file.ts';
import { readPlainYaml } from './plain-yaml.ts';
import { readYaml } from './yaml-reading.ts';

/** What the plain reader reads of it takes a few milliseconds at most. */
const SHORT_FILE_BYTES = 16 * 1024;
/** The first line of what stands in place of a file that Git LFS has not fetched. */
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\//;

export interface ReadingOptions {
  /** Whether the file held bindings before: what breaks it is then told in any case, and they stay. */
  readonly held?: boolean;
}

/**
 * Reads the documents of a file. A file that neither names the API group nor held bindings is foreign, whatever it holds.
 * One with a YAML syntax error gives no documents at all.
 */
export function readDocuments(
  file: string,
  bytes: Uint8Array,
  { held = false }: ReadingOptions = {},
): ParsedFile {
  const decoded = decodeFile(bytes);
  if (!decoded.ok) {
    if (!held && !bytesNameGroup(bytes)) return foreign(file, 1);
    const { ok: _, ...problem } = decoded;
    return unreadable({ severity: 'error', ...problem, file, path: '' });
  }
  const { text } = decoded;
  if (held && LFS_POINTER.test(text)) return unreadable(notFetched(file));
  const isOurs = held || namesGroup(text);
  if (!isOurs && !looksLikeOurs(text)) return foreign(file, countForeign(text));
  try {
    const reading = readPlain(file, text) ?? readYaml(file, text, { held });
    return isOurs ? reading : mistyped(reading, countForeign(text));
  } catch (error) {
    if (!isOurs) return foreign(file, countForeign(text));
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
  const { text } = decoded;
  if (held || namesGroup(text)) return readPlain(file, text);
  return looksLikeOurs(text) ? undefined : foreign(file, countForeign(text));
}

/**
 * Of a file that does not name the group nothing counts. A document of our kind is an error all the same, since nobody
 * else has that kind; one that only looks like ours may belong to somebody.
 */
function mistyped({ file, diagnostics, broken }: ParsedFile, skipped: number): ParsedFile {
  const reported = diagnostics.filter(
    ({ rule }) => rule === 'document/kind' || rule === 'document/api-version',
  );
  return {
    ...foreign(file, skipped),
    diagnostics: reported.map((one) =>
      one.rule === 'document/kind' ? { ...one, severity: 'warning' } : one,
    ),
    broken: broken.filter(({ diagnostic }) => reported.includes(diagnostic)),
  };
}

function foreign(file: string, skipped: number): ParsedFile {
  return { file, documents: [], diagnostics: [], skipped, broken: [], incomplete: false };
}

function unreadable(diagnostic: Diagnostic): ParsedFile {
  return {
    file: diagnostic.file,
    documents: [],
    diagnostics: [diagnostic],
    skipped: 0,
    broken: [],
    incomplete: true,
  };
}

function notFetched(file: string): Diagnostic {
  return {
    severity: 'error',
    rule: 'file/lfs-pointer',
    message: 'the file is a pointer of Git LFS: its content was not fetched',
    fix: 'fetch it (`git lfs pull`), or keep documents out of Git LFS',
    file,
    line: 1,
    column: 1,
    path: '',
  };
}

/** Reads a text of plain YAML in which everything is right; `undefined` when the text is not plain or something is to be said. */
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
