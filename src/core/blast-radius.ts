/**
 * The blast radius: how much may change at once without an approval.
 *
 * Changes come in waves: those of one revision of a directory, or those that came close together. A wave goes on whole
 * or not at all, the smallest first, so that a flood that nobody has approved holds up only itself.
 *
 * | the wave                                                          | what becomes of it                  |
 * |-------------------------------------------------------------------|-------------------------------------|
 * | may exceed the limit once all of its instances are read           | counted on                          |
 * | exceeds the limit                                                 | refused until somebody approves it  |
 * | fits, but not beside what was changed within the period           | deferred until it does              |
 * | fits                                                              | admitted                            |
 *
 * So within any period at most `limit` instances of a scope are changed without an approval.
 */
import type { InstanceId } from '../api/ids.ts';
import type { BlastRadius } from './policy.ts';

export interface WaveState {
  /** Declared, and not compared yet. */
  readonly unread: ReadonlySet<InstanceId>;
  /** Would change, and are neither approved nor admitted. */
  readonly pending: ReadonlySet<InstanceId>;
  /** Admitted as a part of this wave, or changed. */
  readonly spent: ReadonlySet<InstanceId>;
}

export type WaveDecision =
  | { readonly kind: 'admit' }
  | { readonly kind: 'count' }
  | { readonly kind: 'refuse'; readonly size: number }
  | { readonly kind: 'defer'; readonly untilMs: number };

/** Most instances that may change within the period, of so many in all. */
export function blastLimit({ share, count }: BlastRadius, instances: number): number {
  return Math.max(count, Math.floor(share * instances));
}

export interface WaveContext {
  readonly limit: number;
  readonly periodMs: number;
  /** Instances that were changed without an approval, with when, and those that are admitted, with Infinity. */
  readonly charged: ReadonlyMap<InstanceId, number>;
}

/** Decides about every wave that has something pending, the smallest first. */
export function decideWaves<W extends WaveState>(
  waves: Iterable<W>,
  { limit, periodMs, charged }: WaveContext,
): Map<W, WaveDecision> {
  const decisions = new Map<W, WaveDecision>();
  const used = new Map(charged);
  const waiting = [...waves].filter((wave) => wave.pending.size > 0);
  for (const wave of waiting.sort((a, b) => sizeOf(a) - sizeOf(b))) {
    const decision = decide(wave, { limit, periodMs, used });
    decisions.set(wave, decision);
    if (decision.kind === 'admit') for (const id of wave.pending) used.set(id, Number.POSITIVE_INFINITY);
  }
  return decisions;
}

function decide(
  wave: WaveState,
  { limit, periodMs, used }: { limit: number; periodMs: number; used: ReadonlyMap<InstanceId, number> },
): WaveDecision {
  if (sizeOf(wave) > limit) {
    const size = wave.pending.size + wave.spent.size;
    if (size > limit) return { kind: 'refuse', size };
    return { kind: 'count' };
  }
  let added = 0;
  for (const id of wave.pending) if (!used.has(id)) added++;
  const excess = used.size + added - limit;
  if (excess <= 0) return { kind: 'admit' };
  // The oldest changes leave the period first.
  const freedMs = [...used]
    .filter(([id]) => !wave.pending.has(id))
    .map(([, atMs]) => atMs)
    .sort((a, b) => a - b)[excess - 1];
  if (freedMs === undefined || freedMs === Number.POSITIVE_INFINITY) return { kind: 'count' };
  return { kind: 'defer', untilMs: freedMs + periodMs };
}

function sizeOf({ unread, pending, spent }: WaveState): number {
  return unread.size + pending.size + spent.size;
}
