/** What an observation calls for. */
import type { Claim } from './claim.ts';
import { rewriteNotBeforeMs } from './fight.ts';
import { guard } from './guard.ts';
import type { GuardRules, GuardVerdict } from './guard-port.ts';
import { type InstanceRecord, stateWord } from './instance-record.ts';
import type { ObservedInstance } from './model.ts';
import { plan, type Step, sameSequence } from './plan.ts';
import { believed, mayBeStale } from './stale-read.ts';

/**
 * What an observation calls for.
 * - `in-sync`      nothing to do
 * - `await`        a read may be stale: read again
 * - `held`         a guard spoke
 * - `write`        the list has to be written, not before `notBeforeMs`
 */
export type Assessment =
  | { readonly kind: 'in-sync' }
  | { readonly kind: 'await' }
  | { readonly kind: 'held'; readonly steps: readonly Step[]; readonly verdict: GuardVerdict }
  | { readonly kind: 'write'; readonly steps: readonly Step[]; readonly notBeforeMs: number };

export interface AssessContext {
  readonly claim: Claim;
  readonly rules: GuardRules;
  /** The moment by the clock that the record's times were taken from. */
  readonly nowMs: number;
  /** The moment by the calendar. */
  readonly wallMs: number;
}

/** Compares what was observed with what is declared. The record must have been observed. */
export function assess(
  record: InstanceRecord & { observed: ObservedInstance },
  context: AssessContext,
): Assessment {
  const { claim, rules, nowMs, wallMs } = context;
  const desired = claim.winner.sgIds;
  const { unconfirmed, failure } = record;
  const doubted = mayBeStale(record);
  if (doubted && unconfirmed !== undefined) {
    if (unconfirmed.accepted && sameSequence(unconfirmed.after, desired)) return { kind: 'await' };
    // Only a read can tell whether a write of unknown end has to be repeated or taken back.
    if (!unconfirmed.accepted && record.observedAtMs < unconfirmed.sinceMs) return { kind: 'await' };
  }
  const steps = plan(believed(record), desired);
  // A list that may be stale and looks right proves nothing.
  if (steps.length === 0) return doubted ? { kind: 'await' } : { kind: 'in-sync' };
  const verdict = guard({ binding: claim.winner, observed: record.observed, steps, rules, wallMs });
  if (verdict !== undefined) return { kind: 'held', steps, verdict };
  const waits = failure !== undefined && failure.stateSeen === stateWord(record.observed);
  const politeMs = rewriteNotBeforeMs(record.rewrites, { rules: rules.policy.fights, nowMs });
  return { kind: 'write', steps, notBeforeMs: Math.max(waits ? failure.nextAtMs : 0, politeMs) };
}
