import { describe, expect, it } from 'vitest';
import { findRevision, type RecordedRevision } from './recorded-revisions.ts';

const CHECKOUT = '1a2b3c4d5e6f'.padEnd(40, '0');

const revisions: RecordedRevision[] = [
  [7, `${CHECKOUT}+89abcdef`],
  [6, `${CHECKOUT}+01234567`],
  [5, 'aabb22'],
  [4, 'sha256:aacc33'],
  [3, 'aabb11+dirty1'],
  [2, 'aabb11'],
  [1, 'aabb22'],
].map(([id, revision]) => ({
  id: Number(id),
  revision: String(revision),
  seenMs: 0,
  source: '/bindings',
  by: '',
  bindings: 1,
  added: 0,
  changed: 0,
  removed: 0,
}));

describe('findRevision', () => {
  it.each([
    { text: 'latest', id: 7, reason: 'the newest' },
    { text: 'latest~2', id: 5, reason: 'the second before it' },
    { text: '#2', id: 2, reason: 'by its id' },
    { text: 'aabb2', id: 5, reason: 'what was recorded twice means the newest record' },
    { text: 'aabb11', id: 2, reason: 'the whole name goes before a start' },
    { text: 'aac', id: 4, reason: 'a digest without its scheme' },
    { text: '1a2b3c4d5e6f+01234567', id: 6, reason: 'as lists show what a checkout held' },
    { text: `${CHECKOUT}+89abcdef`, id: 7, reason: 'the same in full' },
    { text: '1a2b+89', id: 7, reason: 'the start of its commit and of its digest' },
    { text: '+0123', id: 6, reason: 'its digest alone' },
    { text: '89abc', id: 7, reason: 'its digest alone, without the plus' },
  ])('understands "$text": $reason', ({ text, id }) => {
    expect(findRevision(revisions, text).id).toBe(id);
  });

  it.each([
    { text: 'aabb', words: /more than one.*#5 aabb22.*#3 aabb11/s, reason: 'several begin so' },
    {
      text: '1a2b',
      words: /more than one.*#7 1a2b3c4d5e6f\+89abcdef.*#6 1a2b3c4d5e6f\+01234567/s,
      reason: 'a commit with two contents',
    },
    { text: 'aabb9', words: /no recorded revision.*nearest are:\n {2}#5 aabb22/s, reason: 'none begins so' },
    { text: '#9', words: /no recorded revision/, reason: 'no such id' },
    { text: 'latest~7', words: /no recorded revision/, reason: 'there are only seven' },
  ])('refuses "$text" with the nearest: $reason', ({ text, words }) => {
    expect(() => findRevision(revisions, text)).toThrow(words);
  });
});
