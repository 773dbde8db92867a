/** Emergencies: writes that may not wait for a change window. */

/** `2026-11-24T18:00:00Z why it cannot wait`: until when, and the reason for the journal. */
export const EMERGENCY_ANNOTATION = 'cvmsg.dev/emergency';

const TEXT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2}))\s+(\S[\s\S]{0,255})$/;

/** Reads the annotation; undefined when it names no time or no reason. */
export function readEmergency(
  text: string | undefined,
): { readonly untilMs: number; readonly reason: string } | undefined {
  const [, time = '', reason = ''] = TEXT.exec(text?.trim() ?? '') ?? [];
  const untilMs = Date.parse(time);
  return Number.isNaN(untilMs) ? undefined : { untilMs, reason: reason.trim() };
}
