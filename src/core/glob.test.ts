import { describe, expect, it } from 'vitest';
import { matchesAnyGlob, matchesGlob } from './glob.ts';

describe('matchesGlob', () => {
  it.each([
    { pattern: 'shop', text: 'shop', fits: true, reason: 'plain text is itself' },
    { pattern: 'shop', text: 'Shop', fits: false, reason: 'upper and lower case are apart' },
    { pattern: 'shop', text: 'shop-eu', fits: false, reason: 'the whole text has to fit' },
    { pattern: 'shop', text: 'my-shop', fits: false, reason: 'at both ends' },
    { pattern: '', text: '', fits: true, reason: 'nothing is nothing' },
    { pattern: '', text: 'a', fits: false, reason: 'and not something' },
    { pattern: '*', text: '', fits: true, reason: 'a star is also no text' },
    { pattern: '*', text: 'a/b.c', fits: true, reason: 'a star stops at no character' },
    { pattern: 'shop-*', text: 'shop-', fits: true, reason: 'a star at the end may be empty' },
    { pattern: '*-eu', text: 'shop-eu-eu', fits: true, reason: 'a star takes as much as is needed' },
    { pattern: 'a*b*c', text: 'a-b-b-c', fits: true, reason: 'several stars' },
    { pattern: 'a*b*c', text: 'a-b-b-d', fits: false, reason: 'the end has to fit after the last star' },
    { pattern: 'web-?', text: 'web-1', fits: true, reason: 'a question mark is one character' },
    { pattern: 'web-?', text: 'web-', fits: false, reason: 'and not none' },
    { pattern: 'web-?', text: 'web-12', fits: false, reason: 'and not two' },
    { pattern: 'web-?', text: 'web-😀', fits: true, reason: 'a code point beyond 16 bits is one character' },
    { pattern: 'a.c', text: 'abc', fits: false, reason: 'a dot is no wildcard' },
    { pattern: '[ab]', text: 'a', fits: false, reason: 'brackets are themselves' },
    { pattern: '[ab]', text: '[ab]', fits: true, reason: 'as here' },
  ])('says $fits of $pattern and $text: $reason', ({ pattern, text, fits }) => {
    expect(matchesGlob(pattern, text)).toBe(fits);
  });

  it('answers a pattern that would make a backtracking matcher explode', () => {
    expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(2000))).toBe(false);
  });
});

describe('matchesAnyGlob', () => {
  it('is content with one pattern, and fits nothing without any', () => {
    expect(matchesAnyGlob(['shop', 'data-*'], 'data-eu')).toBe(true);
    expect(matchesAnyGlob(['shop', 'data-*'], 'web')).toBe(false);
    expect(matchesAnyGlob([], 'web')).toBe(false);
  });
});
