import { describe, expect, it } from 'vitest';
import type { BindingDocument, ParsedFile } from '../documents/parsed-file.ts';
import { RevisionBounds } from './snapshot-reader.ts';

const diagnostic = {
  severity: 'error',
  rule: 'r',
  message: 'm',
  fix: 'f',
  line: 1,
  column: 1,
  path: '',
} as const;

function reading(
  file: string,
  { bindings = 0, broken = 0, instances = 0, diagnostics = 0, approvals = 0 },
): { reading: ParsedFile } {
  const document = { binding: { spec: { instanceIds: Array(instances).fill('ins-4q118hl2') } } };
  return {
    reading: {
      file,
      documents: Array<BindingDocument>(bindings).fill(document as unknown as BindingDocument),
      broken: Array(broken).fill({ key: 'shop/web', diagnostic: { ...diagnostic, file } }),
      diagnostics: Array(diagnostics).fill({ ...diagnostic, file }),
      approvals: Array(approvals).fill({ digest: 'sha256:0', by: '', at: '' }),
      skipped: 0,
      incomplete: false,
    },
  };
}

describe('the files of a revision together', () => {
  it.each([
    {
      what: 'bindings',
      each: { bindings: 5_000, broken: 5_000 },
      files: 2,
      says: 'more than 20000 bindings; most are in "1.yaml" (10000), "2.yaml" (10000), "0.yaml" (1)',
    },
    {
      what: 'instances',
      each: { bindings: 100, instances: 1_000 },
      files: 2,
      says: 'more than 200000 instances of bindings; most are in "1.yaml" (100000), "2.yaml" (100000)',
    },
    {
      what: 'approvals',
      each: { approvals: 6_000 },
      files: 2,
      says: 'more than 10000 approvals; most are in "1.yaml" (6000), "2.yaml" (6000)',
    },
  ])('have a bounded number of $what', ({ each, files, says }) => {
    const bounds = new RevisionBounds();
    bounds.take(reading('0.yaml', { bindings: 1, instances: 1 }));
    for (let file = 1; file < files; file++) bounds.take(reading(`${file}.yaml`, each));
    expect(() => bounds.take(reading(`${files}.yaml`, each))).toThrow(says);
  });

  it('keep 10,000 diagnostics, and of each further file the first and a count', () => {
    const bounds = new RevisionBounds();
    const kept = Array.from({ length: 20 }, (_, file) =>
      bounds.take(reading(`${file}.yaml`, { diagnostics: 900 })),
    );
    const counts = kept.map((one) => one.reading.diagnostics.length);
    expect(counts.slice(0, 11)).toEqual(Array(11).fill(900));
    expect(counts.slice(11)).toEqual([101, ...Array(8).fill(2)]);
    expect(kept.at(-1)?.reading.diagnostics[1]?.message).toBe('and 899 more findings in this file');
  });
});
