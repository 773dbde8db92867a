/**
 * Measures the turns of the event loop by the processor time of this thread, which no other process can add to. What the
 * garbage collector takes is not counted, as far as Node.js tells it: it is a pause that no step can part, and depends on the
 * whole heap.
 */
import { PerformanceObserver } from 'node:perf_hooks';

const MICROS_PER_MS = 1_000;

/** Runs the work and returns the processor time of its longest turn, in milliseconds. */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = cpuMicros();
  let collected = 0;
  let running = true;
  const observer = new PerformanceObserver(() => {});
  observer.observe({ entryTypes: ['gc'] });
  const look = () => {
    const now = cpuMicros();
    for (const { duration } of observer.takeRecords()) collected += duration * MICROS_PER_MS;
    longest = Math.max(longest, now - last - collected);
    collected = 0;
    last = now;
    if (running) setImmediate(look);
  };
  setImmediate(look);
  try {
    await work();
  } finally {
    running = false;
    look();
    observer.disconnect();
  }
  return longest / MICROS_PER_MS;
}

function cpuMicros(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
