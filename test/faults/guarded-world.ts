/** A small world under a policy that lets five instances change in ten minutes. */
import { OPEN_POLICY } from '../../src/core/policy.ts';
import { ins, SmallWorld } from './small-world.ts';

export const PERIOD_MS = 600_000;
export const POLICY = { ...OPEN_POLICY, blastRadius: { share: 0.1, count: 5, periodMs: PERIOD_MS } };

export function guardedWorld(instances = 40): SmallWorld {
  return new SmallWorld({ instances, settings: { policy: POLICY } });
}

export const all = (count: number, from = 0) => Array.from({ length: count }, (_, n) => ins(from + n));
export const written = (one: SmallWorld) => new Set(one.writeCalls().flatMap((call) => call.instanceIds));
/** The digest of the plan that a refusal names; empty where it names none. */
export const digestIn = (text: string) => /sha256:[0-9a-f]{64}/.exec(text)?.[0] ?? '';
