/** What an observation calls for. */
import type { Claim } from './claim.ts';
import { rewriteNotBeforeMs } from './fight.ts';
import type { GuardResult, GuardRules } from './guard-port.ts';
import { guard } from './guards/guard-chain.ts';
import { type InstanceRecord, stateWord } from './instance.ts';
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
export type Decision =
  | { readonly kind: 'in-sync' }
  | { readonly kind: 'await' }
  | { readonly kind: 'held'; readonly steps: readonly Step[]; readonly result: GuardResult }
  | { readonly kind: 'write'; readonly steps: readonly Step[]; readonly notBeforeMs: number };

export interface DecideContext {
  readonly claim: Claim;
  readonly rules: GuardRules;
  /** The moment by the clock that the record's times were taken from. */
  readonly nowMs: number;
  /** The moment by the calendar. */
  readonly wallMs: number;
}

/** Compares what was observed with what is declared. The record must have been observed. */
export function decide(
  record: InstanceRecord & { observed: ObservedInstance },
  context: DecideContext,
): Decision {
  const { claim, rules, nowMs, wallMs } = context;
  const desired = claim.owner.sgIds;
  const { unconfirmed, failure } = record;
  const doubted = mayBeStale(record);
  if (doubted && unconfirmed !== undefined) {
    if (unconfirmed.accepted && sameSequence(unconfirmed.after, desired)) return { kind: 'await' };
    // Only a read can tell whether a write of unknown end has to be repeated or taken back.
    if (!unconfirmed.accepted && record.observedAtMs < unconfirmed.sinceMs) return { kind: 'await' };
  }
  const from = believed(record);
  const steps = plan(from, desired);
  // A list that may be stale and looks right proves nothing.
  if (steps.length === 0) return doubted ? { kind: 'await' } : { kind: 'in-sync' };
  const { observed } = record;
  const result = guard({ binding: claim.owner, observed, believed: from, steps, rules, wallMs });
  if (result !== undefined) return { kind: 'held', steps, result };
  const waits = failure !== undefined && failure.stateSeen === stateWord(record.observed);
  const politeMs = rewriteNotBeforeMs(record.rewrites, { rules: rules.policy.fights, nowMs });
  return { kind: 'write', steps, notBeforeMs: Math.max(waits ? failure.nextAtMs : 0, politeMs) };
}
