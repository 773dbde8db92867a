/** What let a write pass, as versions of the state file before 10 have it: in words. */
import { type Approval, readApproval } from '../../api/approval.ts';
import type { Permit } from '../../api/permit.ts';

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const GIVEN = String.raw`sha256:[0-9a-f]{64}(?: by [^";\p{Cc}]{1,200}?)? at \d[\dTZ:.+\-]{18,39}`;
const APPROVED = new RegExp(
  `^approved (${GIVEN})(?: \\((object|server)\\))?( because ${QUOTED})?(?: \\(([a-z-]+) --plan\\))?(?:; (.*))?$`,
  'su',
);
const EMERGENCY = /^emergency until (\S+): (.*)$/s;

/** Undefined for what nobody can read: it counts as a write without an approval. */
export function permitOfOldText(text: string): Permit | undefined {
  const [isApproved, given = '', saidBy, why = '', command, others] = APPROVED.exec(text) ?? [];
  const approval = isApproved === undefined ? undefined : readApproval(given + why);
  const [isEmergency, until = '', reason = ''] =
    EMERGENCY.exec(approval === undefined ? text : (others ?? '')) ?? [];
  const permit: Permit = {
    ...(approval === undefined ? {} : { approvedBy: withTeller(approval, saidBy) }),
    ...(command === undefined ? {} : { command }),
    ...(isEmergency === undefined ? {} : { emergency: { until, reason } }),
  };
  return Object.keys(permit).length === 0 ? undefined : permit;
}

function withTeller(approval: Approval, saidBy: string | undefined): Approval {
  return saidBy === 'object' || saidBy === 'server' ? { ...approval, saidBy } : approval;
}
