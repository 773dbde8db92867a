/**
 * Measures the turns of the event loop by the processor time of this thread, which no other process can add to. What the
 * garbage collector takes is not counted, as far as Node.js tells it: it is a pause that no step can part, and depends on the
 * whole heap.
 */
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

const MICROS_PER_MS = 1_000;
/** Shorter turns are not looked at. */
const LEAST_MS = 5;

interface Turn {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cpuMs: number;
}

/** Runs the work and returns the processor time of its longest turn, in milliseconds. */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  const turns: Turn[] = [];
  const collections: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => void collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  let [fromMs, cpuMs] = [performance.now(), threadCpuMs()];
  let running = true;
  const look = () => {
    const [toMs, nowMs] = [performance.now(), threadCpuMs()];
    if (nowMs - cpuMs >= LEAST_MS) turns.push({ fromMs, toMs, cpuMs: nowMs - cpuMs });
    [fromMs, cpuMs] = [toMs, nowMs];
    if (running) setImmediate(look);
  };
  setImmediate(look);
  try {
    await work();
  } finally {
    running = false;
    look();
    // A collection is told of some turns later.
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    collections.push(...observer.takeRecords());
    observer.disconnect();
  }
  return Math.max(0, ...turns.map((turn) => turn.cpuMs - collectedMs(turn, collections)));
}

function collectedMs({ fromMs, toMs }: Turn, collections: readonly PerformanceEntry[]): number {
  const within = collections.filter(({ startTime }) => startTime >= fromMs && startTime < toMs);
  return within.reduce((sum, { duration }) => sum + duration, 0);
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / MICROS_PER_MS;
}
