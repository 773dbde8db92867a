import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/api/document-reader.ts';
import { DOCUMENT_VERDICTS } from './document-verdicts.ts';

const FOLDER = new URL('documents/', import.meta.url);

describe('the table of good and bad documents', () => {
  it('has one verdict for each file', () => {
    const files = readdirSync(FOLDER).map((file) => file.replace(/\.yaml$/, ''));
    expect(files.sort()).toEqual(DOCUMENT_VERDICTS.map(({ document }) => document).sort());
  });

  it.each(DOCUMENT_VERDICTS)('$document: the directory $directory ($reason)', (verdict) => {
    const file = `${verdict.document}.yaml`;
    const reading = readDocuments(file, readFileSync(new URL(file, FOLDER)));
    expect(
      reading.findings.map(({ severity, rule, path }) => `${severity} ${rule} ${path}`),
      verdict.reason,
    ).toEqual(verdict.findings);
    expect(reading.documents.length, verdict.reason).toBe(verdict.directory === 'accepts' ? 1 : 0);
  });
});
