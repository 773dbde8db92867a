/**
 * The blast radius: how much may change at once without an approval.
 *
 * Changes come in waves: those of one revision of a directory, or those that came close together. A wave goes on whole
 * or not at all, the smallest first, so that a flood that nobody has approved holds up only itself.
 *
 * | the wave                                                          | what becomes of it                  |
 * |-------------------------------------------------------------------|-------------------------------------|
 * | may exceed the limit once all of its instances are read           | counted on                          |
 * | exceeds the limit, in its scope or as a revision in all of them   | refused until somebody approves it  |
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
  /** How many instances the wave would change, in all scopes. */
  | { readonly kind: 'refuse'; readonly everywhere: number }
  | { readonly kind: 'defer'; readonly untilMs: number };

/** How many instances of a wave are known to change, and how many may. */
export interface WaveCount {
  readonly known: number;
  readonly unread: number;
}

/** Most instances that may change within the period, of so many in all. */
export function blastLimit({ share, count }: BlastRadius, instances: number): number {
  return Math.max(count, Math.floor(share * instances));
}

export interface WaveContext<W> {
  readonly limit: number;
  /** Most instances that one revision may change in all scopes together. */
  readonly revisionLimit: number;
  /** What the same revision would change in other scopes. */
  readonly elsewhere: (wave: W) => WaveCount;
  readonly periodMs: number;
  /** Instances that were changed without an approval, with when, and those that are admitted, with Infinity. */
  readonly charged: ReadonlyMap<InstanceId, number>;
}

/** Decides about every wave that has something pending, the smallest first. */
export function decideWaves<W extends WaveState>(
  waves: Iterable<W>,
  context: WaveContext<W>,
): Map<W, WaveDecision> {
  const decisions = new Map<W, WaveDecision>();
  const used = new Map(context.charged);
  const waiting = [...waves].filter((wave) => wave.pending.size > 0);
  for (const wave of waiting.sort((a, b) => sizeOf(a) - sizeOf(b))) {
    const decision = decide(wave, { ...context, used, others: context.elsewhere(wave) });
    decisions.set(wave, decision);
    if (decision.kind === 'admit') for (const id of wave.pending) used.set(id, Number.POSITIVE_INFINITY);
  }
  return decisions;
}

interface DecideContext extends Omit<WaveContext<never>, 'elsewhere' | 'charged'> {
  /** Changed of late, admitted, or admitted by this decision. */
  readonly used: ReadonlyMap<InstanceId, number>;
  readonly others: WaveCount;
}

function decide(wave: WaveState, context: DecideContext): WaveDecision {
  const { limit, revisionLimit, periodMs, used, others } = context;
  const { known, unread } = waveCount(wave);
  const everywhere = known + others.known;
  if (known > limit || everywhere > revisionLimit) return { kind: 'refuse', everywhere };
  if (known + unread > limit || everywhere + unread + others.unread > revisionLimit) return { kind: 'count' };
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

/** What a wave comes to. */
export function waveCount({ unread, pending, spent }: WaveState): WaveCount {
  return { known: pending.size + spent.size, unread: unread.size };
}

function sizeOf(wave: WaveState): number {
  const { known, unread } = waveCount(wave);
  return known + unread;
}
