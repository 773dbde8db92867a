/** Emergencies: writes that may not wait for a change window. */
import { instantMs, isInstant } from './spec-time.ts';

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
