import { describe, expect, it } from 'vitest';
import { findRevision, type RecordedRevision } from './recorded-revisions.ts';

const revisions: RecordedRevision[] = [
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
    { text: 'latest', id: 5, reason: 'the newest' },
    { text: 'latest~2', id: 3, reason: 'the second before it' },
    { text: '#2', id: 2, reason: 'by its id' },
    { text: 'aabb2', id: 5, reason: 'what was recorded twice means the newest record' },
    { text: 'aabb11', id: 2, reason: 'the whole name goes before a start' },
    { text: 'aac', id: 4, reason: 'a digest without its scheme' },
  ])('understands "$text": $reason', ({ text, id }) => {
    expect(findRevision(revisions, text).id).toBe(id);
  });

  it.each([
    { text: 'aabb', words: /more than one.*#5 aabb22.*#3 aabb11/s, reason: 'several begin so' },
    { text: 'aabb9', words: /no recorded revision.*nearest are:\n {2}#5 aabb22/s, reason: 'none begins so' },
    { text: '#9', words: /no recorded revision/, reason: 'no such id' },
    { text: 'latest~5', words: /no recorded revision/, reason: 'there are only five' },
  ])('refuses "$text" with the nearest: $reason', ({ text, words }) => {
    expect(() => findRevision(revisions, text)).toThrow(words);
  });
});
