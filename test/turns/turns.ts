/** Measures the turns of the event loop by the processor time of this thread, which no other process can add to. */

const MICROS_PER_MS = 1_000;

/** Runs the work and returns the processor time of its longest turn, in milliseconds. */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = cpuMicros();
  let running = true;
  const look = () => {
    const now = cpuMicros();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(look);
  };
  setImmediate(look);
  try {
    await work();
  } finally {
    running = false;
    look();
  }
  return longest / MICROS_PER_MS;
}

function cpuMicros(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
