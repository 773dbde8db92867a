import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments, readPlain } from './document-reader.ts';
import { readYaml } from './yaml-reading.ts';

const VALID = `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata:
  name: web
  namespace: shop
  labels: { app: web }
spec:
  region: ap-guangzhou
  instanceIds: # all of them
    - ins-4q118hl2
    - "ins-0a1b2c3d"
  sgIds: [sg-1sdj39df, sg-o8sk37is]
  mode: Observe
  suspend: true
  credentialsRef:
    name: shop-cloud
---
apiVersion: v1
kind: List
items:
  - &item
    apiVersion: cvmsg.dev/v1alpha1
    kind: CvmSecurityGroupBinding
    metadata: { name: api }
    spec: { region: gz, instanceIds: &ids [ins-aaaaaaaa], sgIds: [sg-1sdj39df] }
  - *item
`;

const SCRAPS = [
  '',
  ' ',
  '\n',
  '\t',
  '\r',
  ':',
  ': ',
  '- ',
  '#',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  '&a ',
  '*a',
  '*item',
  '*ids',
  '!',
  '!!map ',
  '|',
  '>',
  '%',
  '---\n',
  '...\n',
  '<<: ',
  '? ',
  '~',
  'null',
  '__proto__: ',
  'constructor: ',
  '1',
  '.inf',
  'ü',
  '\u0000',
  '\ud800',
  '\ufeff',
  '\u2028',
];

/** A valid text, cut, doubled and sprinkled with what YAML is sensitive to. */
const mutatedTexts = fc
  .array(fc.tuple(fc.nat(VALID.length), fc.nat(12), fc.constantFrom(...SCRAPS)), {
    minLength: 1,
    maxLength: 6,
  })
  .map((edits) =>
    edits.reduce((text, [at, length, scrap]) => text.slice(0, at) + scrap + text.slice(at + length), VALID),
  );

function expectDecided(bytes: Uint8Array): void {
  const { documents, diagnostics } = readDocuments('any.yaml', bytes);
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/).length;
  for (const { line, column, rule, message } of diagnostics) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(rule).toMatch(/^[a-z]+\/[a-z0-9-]+$/);
    expect(message).not.toBe('');
  }
  for (const { binding } of documents) {
    expect(binding.spec.sgIds.length).toBeGreaterThanOrEqual(1);
    expect(new Set(binding.spec.sgIds).size).toBe(binding.spec.sgIds.length);
  }
}

describe('the document reader', () => {
  it('decides about any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectDecided), { numRuns: 2000 });
  });

  it('decides about any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) =>
        expectDecided(new TextEncoder().encode(text)),
      ),
      { numRuns: 2000 },
    );
  });

  it('decides about damaged documents', () => {
    fc.assert(
      fc.property(mutatedTexts, (text) => expectDecided(new TextEncoder().encode(text))),
      { numRuns: 1500 },
    );
  });

  it('finds nothing new when the full parser reads what the plain one has read', () => {
    const plain = VALID.slice(0, VALID.indexOf('---'));
    const edits = fc.array(
      fc.tuple(fc.nat(plain.length), fc.nat(3), fc.constantFrom(...SCRAPS, 'a', '-', '  ')),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(edits, (changes) => {
        const text = changes.reduce(
          (before, [at, length, scrap]) => before.slice(0, at) + scrap + before.slice(at + length),
          plain,
        );
        const reading = readPlain('any.yaml', text);
        if (reading !== undefined) expect(reading).toEqual(readYaml('any.yaml', text, { held: false }));
      }),
      { numRuns: 5000 },
    );
  });
});
