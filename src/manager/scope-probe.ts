/** Asks the cloud once whether an account and a region are there. */

import { type CloudError, mayBeRegion } from '../core/cloud-error.ts';
import type { Scope } from '../core/model.ts';
import type { CloudProvider } from '../ports/cloud.ts';
import type { Clock } from '../runtime/clock.ts';

/** An account that does not answer must not keep others waiting. */
const LONGEST_MS = 5_000;

/**
 * The failure of one read; undefined when it was answered. Credentials that are known and may not list everything have
 * answered too. Never rejects.
 */
export async function probeScope(
  scope: Scope,
  { cloud, clock }: { readonly cloud: CloudProvider; readonly clock: Clock },
  signal: AbortSignal,
): Promise<CloudError | undefined> {
  const client = cloud.client(scope);
  const late = new AbortController();
  const cancel = clock.setTimer(LONGEST_MS, () => late.abort());
  const unanswered: CloudError = {
    kind: 'network',
    api: client.api,
    action: 'DescribeInstances',
    code: 'Timeout',
    message: `no answer within ${LONGEST_MS / 1_000} s`,
    requestId: '',
    sent: true,
  };
  try {
    const result = await client.listInstances(
      { filter: {}, offset: 0 },
      AbortSignal.any([signal, late.signal]),
    );
    if (result.ok || result.error.kind === 'denied') return undefined;
    // Nothing but the region can be wrong with this request.
    return mayBeRegion(result.error) ? { ...result.error, kind: 'region' } : result.error;
  } catch {
    return unanswered;
  } finally {
    cancel();
  }
}
