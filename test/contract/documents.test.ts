import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/documents/document-reader.ts';
import { DOCUMENT_RESULTS } from './document-results.ts';

const FOLDER = new URL('documents/', import.meta.url);

describe('the table of good and bad documents', () => {
  it('has one status for each file', () => {
    const files = readdirSync(FOLDER).map((file) => file.replace(/\.yaml$/, ''));
    expect(files.sort()).toEqual(DOCUMENT_RESULTS.map(({ document }) => document).sort());
  });

  it.each(DOCUMENT_RESULTS)('$document: the directory $directory ($reason)', (result) => {
    const file = `${result.document}.yaml`;
    const reading = readDocuments(file, readFileSync(new URL(file, FOLDER)));
    expect(
      reading.diagnostics.map(({ severity, rule, path }) => `${severity} ${rule} ${path}`),
      result.reason,
    ).toEqual(result.diagnostics);
    expect(reading.documents.length, result.reason).toBe(result.directory === 'accepts' ? 1 : 0);
  });
});
