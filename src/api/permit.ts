/** What let a write pass a guard. */
import { type Approval, approvalText, reasonText } from './approval.ts';
import { instantMs, isInstant } from './spec-time.ts';

export interface Permit {
  /** The approval of the plan that the write is a part of. */
  readonly approvedBy?: Pick<Approval, 'digest' | 'by' | 'at' | 'reason' | 'saidBy'>;
  /** The command that was given the digest, by whoever ran it: `apply`. */
  readonly command?: string;
  /** An emergency that opened the change windows. */
  readonly emergency?: {
    /** RFC 3339. */
    readonly until: string;
    readonly reason: string;
  };
}

/** A permit in words: `approved sha256:… by WHO at TIME because "WHY"; emergency until TIME: WHY`. Nothing reads them. */
export function permitText(permit: Permit | undefined): string {
  const { approvedBy, command, emergency } = permit ?? {};
  const saidBy = approvedBy?.saidBy === undefined ? '' : ` (${approvedBy.saidBy})`;
  const by = command === undefined ? '' : ` (${command} --plan)`;
  return [
    ...(approvedBy === undefined
      ? []
      : [`approved ${approvalText(approvedBy)}${saidBy}${reasonText(approvedBy)}${by}`]),
    ...(emergency === undefined ? [] : [`emergency until ${emergency.until}: ${emergency.reason}`]),
  ].join('; ');
}

// Emergencies: writes that may not wait for a change window.

/** `2026-11-24T18:00:00Z why it cannot wait`: until when, and the reason for the journal. */
export const EMERGENCY_ANNOTATION = 'cvmsg.dev/emergency';

const TEXT = /^(\S+)\s+(\S[\s\S]{0,255})$/;

/** Reads the annotation; undefined when it names no time or no reason. */
export function readEmergency(
  text: string | undefined,
): { readonly untilMs: number; readonly reason: string } | undefined {
  const [, time = '', reason = ''] = TEXT.exec(text?.trim() ?? '') ?? [];
  return isInstant(time) ? { untilMs: instantMs(time), reason: reason.trim() } : undefined;
}
