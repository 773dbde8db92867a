/** Bounds the memory that garbage may fill before it is collected. */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at the size that it has now; call it early. Left alone it grows to 128 MiB under the
 * first burst of work and stays there, more than the engine itself holds for thousands of instances.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
