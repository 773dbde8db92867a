/** What all calls of a scope have in common. */
import type { CloudError } from '../../core/cloud-error.ts';
import type { CloudClient } from '../../ports/cloud.ts';

/** The result of a call, or undefined when the controller was stopped before it came. */
export async function untilStopped<T>(call: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** A failure that says nothing of what was asked for, and is over with the next call: the quota was used up, or the call found out that its generation of the API is retired and the client has moved on. */
export function isPassing(error: CloudError, client: Pick<CloudClient, 'retired'>): boolean {
  return error.kind === 'throttled' || (error.kind === 'retired' && error.api === client.retired);
}
