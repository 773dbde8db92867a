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
  /** Why, in the words of whoever gave it. */
  readonly reason?: string;
  /** Who tells the name, in a permit: the object that has it, or the API server, which has compared it. Absent: a document. */
  readonly saidBy?: 'object' | 'server';
  /** Which revision of its source had it first; revisions are counted as they are accepted. Absent: its source has none. */
  readonly acceptedIn?: number;
  /** It was taken up before, and covers nothing anew. */
  readonly handled?: true;
}

/** Most characters of a reason. */
export const LONGEST_REASON = 500;

const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Without what ends a name in a longer text, so that no name can look like what follows it. */
const NAME = /^(?! )(?!.* at \d{4}-\d\d-\d\dT)[^";\p{Cc}]{1,200}$/u;
/** A text in JSON. */
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const GIVEN = String.raw`(sha256:[0-9a-f]{64})(?: by ([^";\p{Cc}]{1,200}?))? at (\d[\dTZ:.+\-]{18,39})`;
const WHY = `(?: because (${QUOTED}))?`;
const TEXT = new RegExp(`^${GIVEN}${WHY}$`, 'u');

/** Whether a text has the form of a digest. */
export function isPlanDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Whether a text can name whoever approves: no quotes, semicolons or control characters, and no time in it. */
export function isApproverName(text: string): boolean {
  return NAME.test(text);
}

/** Reads `sha256:… by WHO at TIME because "WHY"`, of which WHO and WHY may be missing; undefined for anything else. */
export function readApproval(text: string | undefined): Approval | undefined {
  const [, digest, by, at, quoted] = TEXT.exec(text?.trim() ?? '') ?? [];
  return approvalOf({ digest, by, at, quoted });
}

/** The text of an approval, without its reason. */
export function approvalText({ digest, by, at }: Pick<Approval, 'digest' | 'by' | 'at'>): string {
  return `${digest}${by === '' ? '' : ` by ${by}`} at ${at}`;
}

/** The value of the annotation that gives an approval. */
export function annotationText(approval: Approval): string {
  return `${approvalText(approval)}${reasonText(approval)}`;
}

/** ` because "WHY"`, as JSON writes it; empty without a reason. */
export function reasonText({ reason = '' }: Pick<Approval, 'reason'>): string {
  return reason === '' ? '' : ` because ${JSON.stringify(reason)}`;
}

function approvalOf(parts: {
  readonly digest: string | undefined;
  readonly by: string | undefined;
  readonly at: string | undefined;
  readonly quoted: string | undefined;
}): Approval | undefined {
  const { digest = '', by = '', at = '', quoted = '""' } = parts;
  const reason = unquoted(quoted);
  if (!isPlanDigest(digest) || !isInstant(at) || reason === undefined) return undefined;
  if (by !== '' && !isApproverName(by)) return undefined;
  return { digest, by, at, ...(reason === '' ? {} : { reason }) };
}

function unquoted(quoted: string): string | undefined {
  try {
    const text: unknown = JSON.parse(quoted);
    return typeof text === 'string' && text.length <= LONGEST_REASON ? text : undefined;
  } catch {
    return undefined;
  }
}
