/** Whether a binding is suspended at a moment, and what is said of it. */
import type { Binding } from './model.ts';
import { rfc3339 } from './rfc-3339.ts';

const SUSPENDED = 'Suspended';

/** What is done about drift at a moment, in a word or two: a suspension goes before the mode. */
export function modeText(
  { mode, suspend, suspendUntilMs }: Pick<Binding, 'mode' | 'suspend' | 'suspendUntilMs'>,
  wallMs: number,
): string {
  if (suspend) return SUSPENDED;
  if (suspendUntilMs === undefined || wallMs >= suspendUntilMs) return mode;
  return `${SUSPENDED} until ${rfc3339(suspendUntilMs)}`;
}

/** Whether a {@link modeText} is that of a suspension. */
export function isSuspendedMode(mode: string | undefined): boolean {
  return mode?.startsWith(SUSPENDED) === true;
}

/** The sentence of a suspension; undefined while there is none. `suspend: true` has no end, so it speaks before a time. */
export function suspensionMessage(
  { suspend, suspendUntilMs }: Pick<Binding, 'suspend' | 'suspendUntilMs'>,
  wallMs: number,
): string | undefined {
  if (suspend) return 'spec.suspend is true: drift is reported and nothing is written';
  if (suspendUntilMs === undefined || wallMs >= suspendUntilMs) return undefined;
  return `suspended until ${rfc3339(suspendUntilMs)}: drift is reported and nothing is written before`;
}
