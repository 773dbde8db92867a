import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlainYaml } from './plain-yaml.ts';
import { offsetOf, parseYamlFile } from './yaml-file.ts';

/** Pieces that plain documents are made of, and pieces that look alike but are not plain. */
const PIECES = [
  'a:',
  'a: b',
  'b: b c',
  'c: true',
  'd: False',
  'e: null',
  'spec:',
  'instanceIds:',
  'instanceIds: [x, y]',
  'f: []',
  'g: { k: v, l: w }',
  'h: {}',
  'i: "q # q"',
  "j: 'q: q'",
  "k: 'it''s'",
  'l: "\\n"',
  'm: b # c',
  'n:  b  ',
  'o:b',
  'p: b: c',
  'q: b #c',
  'r: b#c',
  's: &x b',
  't: *x',
  'u: |',
  'v: 12',
  'w: 1e3',
  'x: ~',
  'y: yes',
  'z: 2026-01-01',
  'null: a',
  'true: a',
  '"a": b',
  '? a',
  ': b',
  '<<: b',
  '- x',
  '-',
  '- "x"',
  '- a: b',
  '- - x',
  '-  x # c',
  '- true',
  '- [x]',
  '# c',
  '',
  ' ',
  '---',
  '--- # c',
  '--- a',
  '...',
  '%YAML 1.1',
  'word',
  '"word"',
  'a: [x,',
  'y]',
  'a: {k: v',
  'a: "x',
  'é: ü',
  'a: ü',
  "b: 'ü'",
  '\ta: b',
  'a:\tb',
  'a: b\t',
  'a: b\r',
  'a: "x\ty"',
  'a: [x,y]',
  'a: [x, 1]',
  'a: [x,, y]',
  'a: [x, ]',
  'a: [null]',
  'a: b - c',
  'a: x, y',
  'a: a]',
  'a: {k: }',
  'a: {k}',
  'a.b/c-d: e',
  'a: b.c/d-e@f',
];

const texts = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 1, 2, 2, 4), fc.constantFrom(...PIECES)), { maxLength: 10 })
  .map((lines) => lines.map(([indent, piece]) => ' '.repeat(indent) + piece).join('\n'));

const PLAIN_PIECES = [
  'a:',
  'b: c',
  'spec:',
  'instanceIds:',
  '- x',
  '- "z"',
  '# c',
  '',
  'd: [x, z]',
  'e: true',
  '---',
  'f: { k: v }',
];

/** Mostly plain lines with at most one that may be anything, so that many texts are read to their end. */
const nearlyPlainTexts = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(0, 0, 2, 2, 4), fc.constantFrom(...PLAIN_PIECES)), { maxLength: 8 }),
    fc.tuple(fc.constantFrom(0, 2, 4), fc.constantFrom(...PIECES)),
    fc.nat(8),
  )
  .map(([lines, odd, place]) => lines.toSpliced(place, 0, odd))
  .map((lines) => lines.map(([indent, piece]) => ' '.repeat(indent) + piece).join('\n'));

/** What the full parser makes of a text, in the form of the plain reader. */
function readFully(text: string): unknown {
  const yaml = parseYamlFile(text);
  return yaml.documents.flatMap((document) => {
    const node = document.contents;
    if (node === null || document.toJS() === null) return [];
    const at = yaml.positionAt(offsetOf(document, node, [], 'value'));
    const ids = yaml.positionAt(offsetOf(document, node, ['spec', 'instanceIds'], 'key'));
    const value = document.toJS();
    const hasIds = typeof value.spec === 'object' && value.spec !== null && 'instanceIds' in value.spec;
    return [
      {
        errors: document.errors.map((error) => error.code),
        value,
        line: at.line,
        ...(hasIds && { instanceIdsLine: ids.line, instanceIdsColumn: ids.column }),
      },
    ];
  });
}

function readPlainly(text: string): unknown {
  return readPlainYaml(text)?.map(({ value, line, instanceIdsLine, instanceIdsColumn }) => {
    const { spec } = value;
    const hasIds = typeof spec === 'object' && spec !== null && 'instanceIds' in spec;
    return { errors: [], value, line, ...(hasIds && { instanceIdsLine, instanceIdsColumn }) };
  });
}

describe('the plain reader', () => {
  it('reads as the full parser does, or declines', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(texts, nearlyPlainTexts), (text) => {
        const plain = readPlainly(text);
        if (plain === undefined) return;
        read++;
        expect(plain).toEqual(readFully(text));
      }),
      { numRuns: 40_000 },
    );
    expect(read).toBeGreaterThan(2000);
  });

  it.each([
    ['a: b', 'one entry'],
    ['a:\n  b:\n  - x\n  - z\n  c: d\ne: "f"\n', 'a list at the indent of its key'],
    ['---\n# c\na: b\n---\n---\nc: d\n', 'several documents, one of them empty'],
    ['a: b\r\nc: [x, z]\r\n', 'CRLF'],
    ["spec: # c\n    instanceIds: # c\n        - 'x' # c\n", 'comments after values'],
    ['metadata: { name: web, namespace: shop }', 'a flow mapping'],
  ])('does not decline %j (%s)', (text, reason) => {
    expect(readPlainly(text), reason).toBeDefined();
    expect(readPlainly(text), reason).toEqual(readFully(text));
  });
});
