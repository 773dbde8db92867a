/** The result of a call, or undefined when the controller was stopped before it came. */
export async function untilStopped<T>(call: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
