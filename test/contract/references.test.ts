import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { copies } from '../../scripts/copies.ts';
import { references } from '../../scripts/reference.ts';

const pages = await references();

describe('the reference pages', () => {
  it.each(pages)('$path is what `npm run generate` makes today', ({ path, text }) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe('the copies that kustomize and Helm need', () => {
  it.each(copies())('$path is the original as it is today', ({ path, text }) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
