import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonPath, locateProblem, locateValue, pathText } from './json-location.ts';

describe('a problem in JSON', () => {
  it.each([
    { text: '', place: [1, 1], reason: 'nothing at all' },
    { text: '{', place: [1, 2], reason: 'it ends too early' },
    { text: '{"a": 1,\n  "b": h}', place: [2, 8], reason: 'a word without quotes' },
    { text: '[1,\n2,\n]', place: [3, 1], reason: 'a comma too many' },
    { text: '{"a" 1}', place: [1, 6], reason: 'no colon' },
    { text: '{a: 1}', place: [1, 2], reason: 'a key without quotes' },
    { text: '["a\nb"]', place: [1, 4], reason: 'a line break in a text' },
    { text: '{} x', place: [1, 4], reason: 'something after the end' },
    { text: '[01]', place: [1, 3], reason: 'a number that starts with zero' },
  ])('is found: $reason', ({ text, place, reason }) => {
    const found = locateProblem(text);
    expect([found?.line, found?.column], reason).toEqual(place);
  });

  it('is found exactly where the parser finds one, in texts with a piece cut out', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.nat(5), (json, from, length) => {
        const at = from % (json.length + 1);
        const text = json.slice(0, at) + json.slice(at + length);
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(locateProblem(text) === undefined, text).toBe(valid);
      }),
    );
  });

  it('is found in time in a long text without an end', () => {
    const text = `["${'a'.repeat(100_000)}\n"]`;
    expect(locateProblem(text)).toEqual({ line: 1, column: 100_003 });
  });

  it('is not looked for in what is nested without end', () => {
    expect(locateProblem('['.repeat(1_000_000))).toBeUndefined();
  });
});

describe('the place of a value', () => {
  const text = '{\n  "a": [\n    {"b": "x"},\n    {"b": {"c d": 1}}\n  ]\n}';

  it.each<{ path: JsonPath; place: readonly number[]; shown: string }>([
    { path: [], place: [1, 1], shown: '$' },
    { path: ['a'], place: [2, 8], shown: '$.a' },
    { path: ['a', 0, 'b'], place: [3, 11], shown: '$.a[0].b' },
    { path: ['a', 1, 'b', 'c d'], place: [4, 19], shown: '$.a[1].b["c d"]' },
    { path: ['a', 1, 'missing'], place: [4, 5], shown: '$.a[1].missing' },
    { path: ['z', 0], place: [1, 1], shown: '$.z[0]' },
  ])('$shown is where it starts, or where what should hold it starts', ({ path, place, shown }) => {
    const { line, column } = locateValue(text, path);
    expect([line, column]).toEqual(place);
    expect(pathText(path)).toBe(shown);
  });

  it('is the last of two with one name, which the parser takes', () => {
    expect(locateValue('{"a": 1, "a": 2}', ['a'])).toEqual({ line: 1, column: 15 });
  });
});
