/** Approvals of plans, as people and `cvmsg approve` write them. */
import { isInstant } from './spec-time.ts';

/** Holds the digest of the plan that may pass, and who approved it when. */
export const APPROVAL_ANNOTATION = 'cvmsg.dev/approved-plan';

/** Somebody has looked at the plan with this digest and lets it pass. */
export interface Approval {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Who says so; empty when nobody is named. */
  readonly by: string;
  /** RFC 3339: it is over a day later. */
  readonly at: string;
  /** It was taken up before, and covers nothing anew. */
  readonly handled?: true;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TEXT = /^(\S+)(?: by (\S.{0,199}?))? at (\S{1,40})$/;

/** Whether a text has the form of a digest. */
export function isPlanDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Reads `sha256:… by WHO at TIME`, of which WHO may be missing; undefined for anything else. */
export function readApproval(text: string | undefined): Approval | undefined {
  const [, digest = '', by = '', at = ''] = TEXT.exec(text?.trim() ?? '') ?? [];
  return isPlanDigest(digest) && isInstant(at) ? { digest, by, at } : undefined;
}

/** The text of an approval. */
export function approvalText({ digest, by, at }: Approval): string {
  return `${digest}${by === '' ? '' : ` by ${by}`} at ${at}`;
}

/** What the journal says of a write that an approval let pass. */
export function authorityOf(approval: Approval): string {
  return `approved ${approvalText(approval)}`;
}

/** Whether an approval let a write pass, as its authority in the journal says. */
export function isApproved(authority: string): boolean {
  return authority.startsWith('approved ');
}

/** The digests that a text names, such as the message of a condition. */
export function planDigestsIn(text: string): string[] {
  return [...new Set(text.match(/sha256:[0-9a-f]{64}/g))];
}
