/** Gathers the changes of one scope into waves: those of one revision, or those that came close together. */
import type { InstanceId } from '../../api/ids.ts';
import type { WaveState } from '../../core/blast-radius.ts';
import type { Binding } from '../../core/model.ts';
import type { WriteCause } from '../../sinks/port.ts';

/** Changes without a revision belong to one wave as long as no longer a gap lies between two of them. */
const GAP_MS = 60_000;

export interface Wave extends WaveState {
  readonly name: string;
  /** That of a revision, rather than one that time holds together. */
  readonly named: boolean;
  readonly unread: Set<InstanceId>;
  readonly pending: Set<InstanceId>;
  readonly spent: Set<InstanceId>;
  readonly sinceMs: number;
  lastMs: number;
}

export interface WaveKind {
  /** Changes of different kinds never share a wave. */
  readonly name: string;
  /** True when the name alone makes the wave, such as that of a revision; otherwise time does. */
  readonly named: boolean;
}

export class ChangeWaves {
  readonly #longestMs: number;
  readonly #waves = new Map<string, Wave>();
  readonly #of = new Map<InstanceId, Wave>();

  /** @param longestMs a wave that only time holds together takes nothing new after this. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  [Symbol.iterator](): Iterator<Wave> {
    return this.#waves.values();
  }

  of(id: InstanceId): Wave | undefined {
    return this.#of.get(id);
  }

  /** Declared anew, and not compared yet: it leaves every earlier wave. */
  expect(id: InstanceId, kind: WaveKind, nowMs: number): void {
    this.drop(id, nowMs);
    const wave = this.#wave(kind, nowMs);
    wave.unread.add(id);
    this.#of.set(id, wave);
  }

  /** It would change. One that was expected, or waits already, stays in its wave. */
  offer(id: InstanceId, kind: WaveKind, nowMs: number): void {
    const wave = this.#of.get(id) ?? this.#wave(kind, nowMs);
    wave.unread.delete(id);
    wave.spent.delete(id);
    wave.pending.add(id);
    this.#of.set(id, wave);
  }

  /** It cannot be read: the wave does not wait for it any more, and it joins one again when it is offered. */
  stopAwaiting(id: InstanceId): boolean {
    const expected = this.#of.get(id)?.unread.delete(id) ?? false;
    if (expected) this.#of.delete(id);
    return expected;
  }

  /** It was let through, and the wave goes on counting it. */
  spend(id: InstanceId): void {
    const wave = this.#of.get(id);
    if (wave?.pending.delete(id)) wave.spent.add(id);
  }

  /** There is nothing to change any more. @param changed whether it was changed as a part of its wave. */
  drop(id: InstanceId, nowMs: number, changed = false): void {
    const wave = this.#of.get(id);
    if (wave === undefined) return;
    wave.unread.delete(id);
    wave.pending.delete(id);
    if (!changed) wave.spent.delete(id);
    this.#of.delete(id);
    this.#forget(wave, nowMs);
  }

  #wave({ name, named }: WaveKind, nowMs: number): Wave {
    const present = this.#waves.get(name);
    const takes =
      present !== undefined &&
      (named || (nowMs - present.lastMs <= GAP_MS && nowMs - present.sinceMs <= this.#longestMs));
    if (present !== undefined && takes) {
      present.lastMs = nowMs;
      return present;
    }
    // What waits in the older one goes on waiting there, under a name of its own.
    if (present !== undefined) this.#waves.set(`${name} since ${present.sinceMs}`, present);
    const made: Wave = {
      name,
      named,
      unread: new Set(),
      pending: new Set(),
      spent: new Set(),
      sinceMs: nowMs,
      lastMs: nowMs,
    };
    this.#waves.set(name, made);
    for (const wave of this.#waves.values()) this.#forget(wave, nowMs);
    this.#waves.set(name, made);
    return made;
  }

  /** A wave without anything left to decide ends; one that time holds together only when nothing can join it any more. */
  #forget(wave: Wave, nowMs: number): void {
    if (wave.unread.size > 0 || wave.pending.size > 0) return;
    if (wave.spent.size > 0 && nowMs - wave.lastMs <= GAP_MS) return;
    for (const id of wave.spent) if (this.#of.get(id) === wave) return;
    for (const [key, one] of this.#waves) if (one === wave) this.#waves.delete(key);
  }
}

/** A revision is one wave; what has none, and what nobody declared, belongs together when it comes together. */
export function waveKind({ origin }: Binding, cause: WriteCause | 'declared'): WaveKind {
  switch (cause) {
    case 'drift':
      return { name: 'drift', named: false };
    default:
      // What a revision gives back by taking documents away is a part of its step.
      if (origin.kind === 'directory') return { name: `revision ${origin.revision}`, named: true };
      return { name: cause === 'restored' ? cause : 'declared', named: false };
  }
}
