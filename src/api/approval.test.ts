import { describe, expect, it } from 'vitest';
import { approvalText, readApproval } from './approval.ts';
import { checkApproval } from './approval-document.ts';

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

describe('the document of an approval', () => {
  it.each([
    { approvedAt: AT, fault: undefined },
    { approvedAt: undefined, fault: 'the time of the approval is missing' },
    { approvedAt: 'yesterday', fault: '"yesterday" is not a time' },
  ])('says when it was given: $approvedAt', ({ approvedAt, fault }) => {
    const { approval, faults } = checkApproval({ spec: { digest: DIGEST, approvedAt } });
    expect(faults.map(({ message }) => message)).toEqual(fault === undefined ? [] : [fault]);
    expect(approval).toEqual(fault === undefined ? { digest: DIGEST, by: '', at: AT } : undefined);
  });
});
