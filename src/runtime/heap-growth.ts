/** Bounds the memory that garbage may fill before it is collected. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LARGE_HEAP_BYTES = 96 * 1024 * 1024;
/** So many times what the heap has in use has to be free. */
const FREE_SHARE = 4;

/**
 * Lets the heap hold a seventh more than what is in use; call it before anything large is loaded. Left alone, V8's
 * young generation grows to 128 MiB under the first burst of work and its old one to a multiple of what it holds,
 * and neither is given back: more than the engine itself keeps for thousands of instances. The price is more
 * frequent collections.
 */
export function keepHeapSmall(): void {
  giveNoRoom();
  // V8 forgets the code that a few collections did not see run; the next change would wait until it is compiled again.
  setFlagsFromString('--no-flush-bytecode');
}

function giveNoRoom(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=15');
}

/**
 * Gives a large heap room until {@link compactHeap}: collecting so often takes a fifth of the time in which a large fleet is
 * read. Call it again and again: there is no room while the heap is small, nor where the machine, or the limit of the
 * container, leaves little beside it.
 */
export function giveLargeHeapRoom(): void {
  const used = getHeapStatistics().used_heap_size;
  if (used < LARGE_HEAP_BYTES || process.availableMemory() < FREE_SHARE * used) return giveNoRoom();
  setFlagsFromString('--semi-space-growth-factor=2');
  setFlagsFromString('--heap-growing-percent=50');
}

type Collect = (options?: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/**
 * Gives back what the start needed and nobody needs any more: a fifth of the memory of a process that has read a large
 * fleet. V8 would keep it, because it compacts when it needs room and an idle process needs none. It takes about a tenth
 * of a second, in which nothing else happens.
 */
export function compactHeap(): void {
  giveNoRoom();
  // The only way to ask for it: Node.js has no function of its own, and the flag alone reaches new contexts only.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
