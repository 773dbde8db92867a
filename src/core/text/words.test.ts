import { expect, it } from 'vitest';
import { shortRevision } from './words.ts';

const COMMIT = '1a2b3c4d5e6f'.padEnd(40, '0');

it.each([
  { revision: COMMIT, text: '1a2b3c4d5e6f' },
  { revision: `${COMMIT}+89abcdef`, text: '1a2b3c4d5e6f+89abcdef' },
  { revision: `sha256:${COMMIT.padEnd(64, '0')}`, text: 'sha256:1a2b3c4d5e6f' },
  { revision: 'release-7', text: 'release-7' },
])('shortens $revision to $text, which still tells two apart', ({ revision, text }) => {
  expect(shortRevision(revision)).toBe(text);
});
