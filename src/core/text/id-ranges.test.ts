import { expect, it } from 'vitest';
import { idRanges } from './words.ts';

it.each([
  { ids: [], text: '' },
  { ids: [3], text: '3' },
  { ids: [1, 2, 3], text: '1-3' },
  { ids: [7, 2, 1, 3], text: '1-3,7' },
  { ids: [10, 9, 2], text: '2,9-10' },
])('draws $ids together as "$text"', ({ ids, text }) => {
  expect(idRanges(ids)).toBe(text);
});
