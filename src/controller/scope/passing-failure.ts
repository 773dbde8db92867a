/** Failures that say nothing of what was asked for, and are over with the next call. */

import type { CloudError } from '../../core/cloud-error.ts';
import type { CloudClient } from '../../ports/cloud.ts';

/** The quota was used up, or the call found out that its generation of the API is retired and the client has moved on. */
export function isPassing(error: CloudError, client: Pick<CloudClient, 'retired'>): boolean {
  return error.kind === 'throttled' || (error.kind === 'retired' && error.api === client.retired);
}
