import { describe, expect, it } from 'vitest';
import { fitInstances, type ListedInstance } from './binding-status.ts';
import { cutText, storedBytes } from './stored-text.ts';

const instances = (count: number, over: (index: number) => Partial<ListedInstance>): ListedInstance[] =>
  Array.from({ length: count }, (_, index) => ({
    instanceId: `ins-${String(index).padStart(8, '0')}`,
    state: 'Failed',
    ...over(index),
  }));

describe('a text in a status', () => {
  it.each([
    { text: 'abc', bytes: 5 },
    { text: '防火墙', bytes: 11 },
    { text: '😀', bytes: 6 },
    { text: '"\n', bytes: 6 },
    { text: '<&>', bytes: 20 },
    { text: '\u0001', bytes: 8 },
    { text: '\u2028', bytes: 8 },
  ])('takes $bytes bytes in the JSON of the server: $text', ({ text, bytes }) => {
    expect(storedBytes(text)).toBe(bytes);
  });

  it.each([
    { text: 'short', characters: 10, bytes: 10, cut: 'short' },
    { text: 'exactly so', characters: 10, bytes: 10, cut: 'exactly so' },
    { text: 'longer than that', characters: 10, bytes: 100, cut: 'longer th…' },
    { text: '防火墙防火墙', characters: 100, bytes: 12, cut: '防火墙…' },
    { text: '<<<<', characters: 100, bytes: 16, cut: '<<…' },
    { text: '😀😀😀', characters: 100, bytes: 8, cut: '😀…' },
    { text: '防', characters: 10, bytes: 2, cut: '' },
  ])('is cut between two signs: $text to $bytes bytes', ({ text, characters, bytes, cut }) => {
    expect(cutText(text, { characters, bytes })).toBe(cut);
  });
});

describe('the instances of a status', () => {
  it('stay as they are where there is room', () => {
    const all = instances(1_000, () => ({ message: 'the cloud is busy', sgIds: ['sg-aaaaaaaa'] }));
    expect(fitInstances(all, 600_000)).toEqual(all);
  });

  it('get shorter messages before anything else is cut', () => {
    const all = instances(1_000, () => ({ message: '防'.repeat(512), sgIds: ['sg-aaaaaaaa'] }));
    const fitted = fitInstances(all, 500_000);
    expect(fitted.map(({ instanceId, sgIds }) => [instanceId, sgIds])).toEqual(
      all.map(({ instanceId, sgIds }) => [instanceId, sgIds]),
    );
    expect(fitted[0]?.message).toBe(`${'防'.repeat(41)}…`);
    expect(storedBytes(fitted)).toBeLessThan(500_000);
  });

  it('lose what was observed before an original list, and are left out from the end', () => {
    const long = Array.from({ length: 50 }, (_, index) => `sg-${String(index).padStart(16, '0')}`);
    const all = instances(1_000, (index) => ({
      message: 'x'.repeat(512),
      sgIds: long,
      ...(index % 10 === 0 ? { originalSgIds: long } : {}),
      ...(index % 10 === 1 ? { state: 'Conflicted' } : {}),
    }));
    const fitted = fitInstances(all, 300_000);
    expect(fitted.filter(({ originalSgIds }) => originalSgIds !== undefined)).toHaveLength(100);
    expect(fitted.filter(({ state }) => state === 'Conflicted')).toHaveLength(100);
    expect(fitted.some(({ sgIds }) => sgIds !== undefined)).toBe(false);
    expect(fitted.length).toBeLessThan(1_000);
    expect(fitted.slice(0, 300)).toHaveLength(300);
    const names = fitted.map(({ instanceId }) => instanceId);
    expect(names).toEqual(names.toSorted());
  });

  it('keep every original list even where there is no room at all', () => {
    const all = instances(1_000, () => ({ originalSgIds: ['sg-aaaaaaaa'], message: 'x' }));
    expect(fitInstances(all, 0).map(({ originalSgIds }) => originalSgIds)).toEqual(
      Array(1_000).fill(['sg-aaaaaaaa']),
    );
  });
});
