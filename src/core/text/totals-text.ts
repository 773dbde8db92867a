/** How many bindings stand well, in a sentence; and which of them somebody has to look at first. */
import type { Condition } from '../../api/conditions.ts';
import { isSuspendedMode } from '../suspension.ts';
import { count, thousands } from './words.ts';

/** What a status tells of one binding. */
export interface CountedBinding {
  readonly conditions: readonly Condition[];
  /** What is done about drift at present. */
  readonly mode?: string | undefined;
  readonly instanceCount: number;
  readonly inSyncCount: number;
}

/** `12 bindings: 9 ready, 3 not ready, 1 suspended; 118 of 125 instances in sync`. */
export function totalsText(bindings: readonly CountedBinding[]): string {
  let [ready, suspended, observed, instances, inSync] = [0, 0, 0, 0, 0];
  for (const binding of bindings) {
    const { mode } = binding;
    if (readyOf(binding)?.status === 'True') ready++;
    if (mode === 'Observe') observed++;
    else if (isSuspendedMode(mode)) suspended++;
    instances += binding.instanceCount;
    inSync += binding.inSyncCount;
  }
  const parts = [
    `${thousands(ready)} ready`,
    ...(ready === bindings.length ? [] : [`${thousands(bindings.length - ready)} not ready`]),
    ...(suspended === 0 ? [] : [`${thousands(suspended)} suspended`]),
    ...(observed === 0 ? [] : [`${thousands(observed)} only observed`]),
  ];
  return `${count(bindings.length, 'binding')}: ${parts.join(', ')}; ${thousands(inSync)} of ${count(instances, 'instance')} in sync`;
}

export function readyOf({ conditions }: Pick<CountedBinding, 'conditions'>): Condition | undefined {
  return conditions.find(({ type }) => type === 'Ready');
}

/** Those that somebody has to look at before those that nobody has looked at, before those that are well. */
export function attentionRank(binding: Pick<CountedBinding, 'conditions'>): number {
  return ['False', 'Unknown', 'True'].indexOf(readyOf(binding)?.status ?? 'Unknown');
}
