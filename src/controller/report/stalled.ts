/** What is known of a binding that stood still, by the reason that was given. */
import type { Condition, ConditionReason } from '../../api/conditions.ts';

/** Reasons that end only because somebody acted. The others are the cloud's, whose slow re-check looks like progress and is none. */
const UNTIL_AN_ACT: ReadonlySet<string> = new Set<ConditionReason>([
  'Conflicted',
  'UnknownGroup',
  'MustKeep',
  'ForbiddenGroup',
  'NotAllowed',
  'BlastRadius',
  'Refused',
  'SelectionRefused',
]);

/**
 * Whether a binding was called stalled until somebody would act. Once it moves again that is told at once: those who wait
 * for it give up when they read that it is stalled.
 */
export function stoodUntilAnAct(previous: readonly Condition[]): boolean {
  return previous.some(({ type, reason }) => type === 'Stalled' && UNTIL_AN_ACT.has(reason));
}
