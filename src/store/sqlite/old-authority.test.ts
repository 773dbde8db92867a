/** What let a write pass, in the words of older versions of the state file. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isApproverName } from '../../api/approval.ts';
import { type Permit, permitText } from '../../api/permit.ts';
import { permitOfOldText } from './state-file.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const AT = '2026-03-01T18:00:00Z';
const tricky = fc.constantFrom(
  `x" at ${AT} (server) because "y"; z`,
  `; emergency until ${AT}: z`,
  ' (apply --plan)',
);
const names = fc
  .oneof(fc.constantFrom('', 'alice', 'ciso (server)', 'a because b', `alice at ${AT}`), fc.string())
  .filter((name) => name === '' || isApproverName(name));
const reasons = fc.oneof(fc.string({ minLength: 1, maxLength: 100 }), tricky);
const approvals = fc.record(
  {
    digest: fc.constant(DIGEST),
    by: names,
    at: fc.constantFrom(AT, '2026-03-01T19:00:00.5+01:00'),
    reason: reasons,
    saidBy: fc.constantFrom('object' as const, 'server' as const),
  },
  { requiredKeys: ['digest', 'by', 'at'] },
);
const emergencies = fc.record({ until: fc.constant(AT), reason: reasons });

describe('the words of an older version', () => {
  it('are what they meant, whatever names and reasons hold', () => {
    const permits = fc.oneof(
      fc.record({ approvedBy: approvals, emergency: emergencies }, { requiredKeys: ['approvedBy'] }),
      fc.record({ emergency: emergencies }),
      // A command names whoever ran it, and gives no reason.
      fc
        .record({ approvedBy: approvals, command: fc.constantFrom('apply', 'rollback') })
        .map(({ approvedBy, command }) => {
          const { digest, by, at } = approvedBy;
          return { approvedBy: { digest, by, at }, command };
        }),
    );
    fc.assert(
      fc.property(permits, (permit) => {
        expect(permitOfOldText(permitText(permit as Permit))).toEqual(permit);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['', 'approved by somebody', `approved ${DIGEST} by "alice" at ${AT}`])('are none: %j', (text) => {
    expect(permitOfOldText(text)).toBeUndefined();
  });
});
