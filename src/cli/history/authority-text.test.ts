import { describe, expect, it } from 'vitest';
import { authorityOf } from '../../api/approval.ts';
import { authorityText } from './authority-text.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const GIVEN = { digest: DIGEST, by: 'alice', at: '2026-03-01T18:00:00Z' };
const TAIL = ` at ${GIVEN.at}, plan ${DIGEST}`;

describe('what history says of an authority', () => {
  it.each([
    {
      reason: 'a document may say any name',
      authority: authorityOf(GIVEN),
      text: `approved by alice (as the document says)${TAIL}`,
    },
    {
      reason: 'so may an object',
      authority: authorityOf({ ...GIVEN, toldBy: 'object' }),
      text: `approved by alice (as the object says)${TAIL}`,
    },
    {
      reason: 'the API server has compared it',
      authority: authorityOf({ ...GIVEN, toldBy: 'server', reason: 'seen' }),
      text: `approved by alice${TAIL}, because "seen"`,
    },
    {
      reason: 'nobody is named',
      authority: authorityOf({ ...GIVEN, by: '' }),
      text: `approved by somebody (as the document says)${TAIL}`,
    },
    {
      reason: 'a name cannot look like one that the server has compared',
      authority: authorityOf({ ...GIVEN, by: 'ciso (server)' }),
      text: `approved by ciso (server) (as the document says)${TAIL}`,
    },
    {
      reason: 'whoever ran the command approved it',
      authority: `${authorityOf(GIVEN)} (apply --plan)`,
      text: `approved by alice (apply --plan)${TAIL}`,
    },
    {
      reason: 'an emergency stands beside it',
      authority: `${authorityOf(GIVEN)}; emergency until 2026-03-01T18:00:00Z: it burns`,
      text: `approved by alice (as the document says)${TAIL}; emergency until 2026-03-01T18:00:00Z: it burns`,
    },
    { reason: 'nothing but an emergency', authority: 'emergency until x: y', text: 'emergency until x: y' },
  ])('is $text, because $reason', ({ authority, text }) => {
    expect(authorityText(authority)).toBe(text);
  });
});
