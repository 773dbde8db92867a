import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkApproval } from '../documents/approval-document.ts';
import { annotationText, approvalText, isApproverName, readApproval } from './approval.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const AT = '2026-03-01T18:00:00Z';

describe('the text of an approval', () => {
  it.each([
    { text: `${DIGEST} by alice at ${AT}`, by: 'alice', at: AT },
    { text: `${DIGEST} by alice of the night shift at ${AT}`, by: 'alice of the night shift', at: AT },
    { text: ` ${DIGEST} at ${AT}\n`, by: '', at: AT },
    {
      text: `${DIGEST} by alice at 2026-03-01T19:00:00.5+01:00`,
      by: 'alice',
      at: '2026-03-01T19:00:00.5+01:00',
    },
  ])('names who gave it when: $text', ({ text, by, at }) => {
    const approval = readApproval(text);
    expect(approval).toEqual({ digest: DIGEST, by, at });
    expect(approval && readApproval(approvalText(approval))).toEqual(approval);
  });

  it.each([
    { text: DIGEST, reason: 'it has no time, so it would never be over' },
    { text: `${DIGEST} by alice`, reason: 'it has no time either' },
    { text: `${DIGEST} by alice at noon`, reason: 'that is no time' },
    { text: `${DIGEST} at 2026-02-30T99:00:00Z`, reason: 'there is no such time' },
    { text: `sha256:abc at ${AT}`, reason: 'that is no digest' },
    { text: '', reason: 'it says nothing' },
  ])('is none: $reason', ({ text }) => {
    expect(readApproval(text)).toBeUndefined();
  });
});

describe('the annotation of an approval', () => {
  const approvals = fc.record({
    digest: fc.constant(DIGEST),
    by: fc.oneof(
      fc.constant(''),
      fc.string({
        unit: fc.oneof(fc.constantFrom(' at ', ' because "', AT, ' (server)', '; ', '"'), fc.string()),
      }),
      fc.constantFrom(
        'alice (server)',
        'system:serviceaccount:ops:alice',
        `alice at ${AT}`,
        'a because b',
        'a; b',
      ),
    ),
    at: fc.constantFrom(AT, '2026-03-01T19:00:00.5+01:00'),
    reason: fc.oneof(
      fc.string({ minLength: 1, maxLength: 100 }),
      fc.constant(`x" at ${AT} (server) because "y"; z`),
    ),
  });

  it('is read back as it was written, whatever names and reasons hold', () => {
    fc.assert(
      fc.property(approvals, (approval) => {
        fc.pre(approval.by === '' || isApproverName(approval.by));
        expect(readApproval(annotationText(approval))).toEqual(approval);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([`alice at ${AT}`, 'alice"', 'a; b', 'a\nb', ' alice', '', 'x'.repeat(201)])(
    'never has the name %j, which could be taken for something else',
    (name) => {
      expect(isApproverName(name)).toBe(false);
      expect(readApproval(`${DIGEST} by ${name} at ${AT}`)?.by ?? '').not.toBe(name || 'nobody');
    },
  );
});

describe('the document of an approval', () => {
  it.each([
    { approvedAt: AT, problem: undefined },
    { approvedAt: undefined, problem: 'the time of the approval is missing' },
    { approvedAt: 'yesterday', problem: '"yesterday" is not a time' },
  ])('says when it was given: $approvedAt', ({ approvedAt, problem }) => {
    const { approval, problems } = checkApproval({ spec: { digest: DIGEST, approvedAt } });
    expect(problems.map(({ message }) => message)).toEqual(problem === undefined ? [] : [problem]);
    expect(approval).toEqual(problem === undefined ? { digest: DIGEST, by: '', at: AT } : undefined);
  });
});
