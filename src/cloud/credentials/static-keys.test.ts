import { describe, expect, it } from 'vitest';
import { readStaticKeys } from './static-keys.ts';

const GOOD = 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA';

const read = (text: string) =>
  readStaticKeys({ secretId: { name: 'ID', text: GOOD }, secretKey: { name: 'KEY', text } }, 'environment');

describe('a key with a character that no key has is refused by name and position, and never quoted', () => {
  it.each([
    {
      reason: 'a zero width space',
      text: `abc\u200bdef`,
      says: 'an invisible character (U+200B) as character 4 of 7',
    },
    { reason: 'a BOM in the middle', text: `abc\ufeffdef`, says: '(U+FEFF) as character 4 of 7' },
    { reason: 'a soft hyphen', text: `abc\u00addef`, says: 'an invisible character (U+00AD)' },
    {
      reason: 'a direction mark',
      text: `\u202aabcdef`,
      says: 'an invisible character (U+202A) as character 1',
    },
    { reason: 'a control character', text: `abc\u0007def`, says: 'an invisible character (U+0007)' },
    { reason: 'a no-break space', text: `abc\u00a0def`, says: 'a space or line break (U+00A0)' },
    { reason: 'two lines', text: 'abc\ndef', says: 'a space or line break (U+000A)' },
    { reason: 'a typographic dash', text: 'abc–def', says: 'a typographic dash (U+2013)' },
    {
      reason: 'straight quotes around it',
      text: '"abcdef"',
      says: 'a quotation mark (U+0022) as character 1 of 8',
    },
    { reason: 'single quotes around it', text: "'abcdef'", says: 'a quotation mark (U+0027)' },
    { reason: 'typographic quotes around it', text: '“abcdef”', says: 'a quotation mark (U+201C)' },
    { reason: 'a letter of another alphabet', text: 'аbcdef', says: 'a character outside ASCII (U+0430)' },
    { reason: 'a character of two units', text: 'ab😀def', says: '(U+1F600) as character 3 of 6' },
  ])('$reason', ({ text, says }) => {
    const answer = read(text);
    expect(answer).toMatchObject({ kind: 'failed', reason: expect.stringContaining('KEY holds ') });
    const reason = answer.kind === 'failed' ? answer.reason : '';
    expect(reason).toContain(says);
    expect(reason).not.toMatch(/abc|def/);
  });

  it('looks into id and token too', () => {
    const parts = { secretId: { name: 'ID', text: '‘x' }, secretKey: { name: 'KEY', text: 'k' } };
    expect(readStaticKeys(parts, 'x')).toMatchObject({ reason: expect.stringContaining('ID holds') });
    const token = { name: 'TOKEN', text: 'a b' };
    const withToken = { ...parts, secretId: { name: 'ID', text: GOOD }, token };
    expect(readStaticKeys(withToken, 'x')).toMatchObject({ reason: expect.stringContaining('TOKEN holds') });
  });

  it.each([GOOD, 'Gu5t9xGARNpq86cd98joQYCN3Cozk1qA', 'tok/en+==', 'a-b_c.d'])('%s is one', (text) => {
    expect(read(text)).toMatchObject({ kind: 'found', credentials: { secretId: GOOD } });
  });
});
