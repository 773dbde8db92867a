import { describe, expect, it } from 'vitest';
import type { Permit } from '../../api/permit.ts';
import { authorityText } from './authority-text.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const GIVEN: NonNullable<Permit['approvedBy']> = { digest: DIGEST, by: 'alice', at: '2026-03-01T18:00:00Z' };
const TAIL = ` at ${GIVEN.at}, plan ${DIGEST}`;

describe('what history says of an authority', () => {
  it.each([
    {
      reason: 'a document may say any name',
      permit: { approvedBy: GIVEN },
      text: `approved by alice (as the document says)${TAIL}`,
    },
    {
      reason: 'so may an object',
      permit: { approvedBy: { ...GIVEN, saidBy: 'object' } },
      text: `approved by alice (as the object says)${TAIL}`,
    },
    {
      reason: 'the API server has compared it',
      permit: { approvedBy: { ...GIVEN, saidBy: 'server', reason: 'seen' } },
      text: `approved by alice${TAIL}, because "seen"`,
    },
    {
      reason: 'nobody is named',
      permit: { approvedBy: { ...GIVEN, by: '' } },
      text: `approved by somebody (as the document says)${TAIL}`,
    },
    {
      reason: 'a name cannot look like one that the server has compared',
      permit: { approvedBy: { ...GIVEN, by: 'ciso (server)' } },
      text: `approved by ciso (server) (as the document says)${TAIL}`,
    },
    {
      reason: 'whoever ran the command approved it',
      permit: { approvedBy: GIVEN, command: 'apply' },
      text: `approved by alice (apply --plan)${TAIL}`,
    },
    {
      reason: 'an emergency stands beside it',
      permit: { approvedBy: GIVEN, emergency: { until: '2026-03-01T18:00:00Z', reason: 'it burns' } },
      text: `approved by alice (as the document says)${TAIL}; emergency until 2026-03-01T18:00:00Z: it burns`,
    },
    {
      reason: 'nothing but an emergency',
      permit: { emergency: { until: 'x', reason: 'y' } },
      text: 'emergency until x: y',
    },
  ])('is $text, because $reason', ({ permit, text }) => {
    expect(authorityText(permit as Permit)).toBe(text);
  });
});
