import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { references } from '../../scripts/reference.ts';

describe('the reference pages', () => {
  it.each(references().map(({ path, text }) => ({ path, text })))(
    '$path is what `npm run generate` makes today',
    ({ path, text }) => {
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );
});
