/** Whether a binding is suspended at a moment, and what is said of it. */
import type { Binding } from './model.ts';

/** The sentence of a suspension; undefined while there is none. `suspend: true` has no end, so it speaks before a time. */
export function suspensionMessage(
  { suspend, suspendUntilMs }: Pick<Binding, 'suspend' | 'suspendUntilMs'>,
  nowMs: number,
): string | undefined {
  if (suspend) return 'spec.suspend is true: drift is reported and nothing is written';
  if (suspendUntilMs === undefined || nowMs >= suspendUntilMs) return undefined;
  return `suspended until ${wholeSeconds(suspendUntilMs)}: drift is reported and nothing is written before`;
}

/** RFC 3339, fractions of a second only where there are some. */
function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
