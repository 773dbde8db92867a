import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments } from './document-reader.ts';
import type { ParsedFile } from './parsed-file.ts';
import { checkRevision } from './revision-check.ts';

interface Declared {
  readonly name: string;
  readonly region?: string;
  readonly credentials?: string;
  readonly instanceIds: readonly string[];
}

function reading(file: string, ...declared: readonly Declared[]): ParsedFile {
  const text = declared.map(
    ({ name, region = 'ap-guangzhou', credentials, instanceIds }) => `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: { name: ${name}, namespace: shop }
spec:
  region: ${region}
  instanceIds: [${instanceIds.join(', ')}]
  sgIds: [sg-1sdj39df]
${credentials === undefined ? '' : `  credentialsRef: { name: ${credentials} }\n`}`,
  );
  return readDocuments(file, new TextEncoder().encode(text.join('---\n')));
}

const ONE = 'ins-11111111';
const TWO = 'ins-22222222';

function reported(parsedFiles: readonly ParsedFile[]): readonly string[] {
  return checkRevision(parsedFiles).map(
    ({ file, line, column, rule, message }) => `${file}:${line}:${column} ${rule} ${message}`,
  );
}

describe('a revision', () => {
  it('is quiet when each instance has one binding', () => {
    expect(
      reported([
        reading('a.yaml', { name: 'a', instanceIds: [ONE] }),
        reading('b.yaml', { name: 'b', instanceIds: [TWO] }),
      ]),
    ).toEqual([]);
  });

  it('may not declare one name twice; both places are told of each other', () => {
    const parsedFiles = [
      reading('b.yaml', { name: 'x', instanceIds: [ONE] }),
      reading('a.yaml', { name: 'x', instanceIds: [ONE] }),
    ];
    expect(reported(parsedFiles)).toEqual([
      'a.yaml:1:1 revision/duplicate-binding "shop/x" is declared 2 times, also at b.yaml:1:1',
      'b.yaml:1:1 revision/duplicate-binding "shop/x" is declared 2 times, also at a.yaml:1:1',
    ]);
  });

  it('may not claim one instance twice; both places are told of each other', () => {
    const parsedFiles = [
      reading('b.yaml', { name: 'b', instanceIds: [TWO, ONE] }, { name: 'c', instanceIds: ['ins-33333333'] }),
      reading('a.yaml', { name: 'a', instanceIds: [ONE, TWO] }),
    ];
    expect(reported(parsedFiles)).toEqual([
      `a.yaml:6:3 revision/contested-instance "${ONE}", "${TWO}": also claimed by "shop/b" at b.yaml:6:3`,
      `b.yaml:6:3 revision/contested-instance "${ONE}", "${TWO}": also claimed by "shop/a" at a.yaml:6:3`,
    ]);
  });

  it.each<{ reason: string; other: Partial<Declared>; contested: boolean }>([
    { reason: 'the short code is the same region', other: { region: 'gz' }, contested: true },
    { reason: 'another region is another instance', other: { region: 'ap-shanghai' }, contested: false },
    {
      reason: 'the default profile is what is used without a name',
      other: { credentials: 'default' },
      contested: true,
    },
    { reason: 'another account is another instance', other: { credentials: 'shop' }, contested: false },
  ])('$reason', ({ other, contested, reason }) => {
    const parsedFiles = [
      reading('a.yaml', { name: 'a', instanceIds: [ONE] }),
      reading('b.yaml', { name: 'b', instanceIds: [ONE], ...other }),
    ];
    expect(checkRevision(parsedFiles).length, reason).toBe(contested ? 2 : 0);
  });

  it('names three instances of many', () => {
    const many = Array.from({ length: 10 }, (_, index) => `ins-0000000${index}`);
    const [first] = checkRevision([
      reading('a.yaml', { name: 'a', instanceIds: many }),
      reading('b.yaml', { name: 'b', instanceIds: many }),
    ]);
    expect(first?.message).toContain('"ins-00000000", "ins-00000001", "ins-00000002" and 7 more:');
  });

  it('is judged alike whatever the order of its files', () => {
    const parsedFiles = ['a', 'b', 'c', 'd'].map((name, index) =>
      reading(`${name}.yaml`, { name: index < 2 ? 'same' : name, instanceIds: [ONE, TWO].slice(index % 2) }),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(parsedFiles, { minLength: parsedFiles.length }), (shuffled) => {
        expect(checkRevision(shuffled)).toEqual(checkRevision(parsedFiles));
      }),
    );
  });
});
