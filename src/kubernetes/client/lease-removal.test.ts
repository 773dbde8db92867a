import { describe, expect, it } from 'vitest';
import type { KubeRequest } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';
import { LeaseRemoval } from './lease-removal.ts';

const { signal } = new AbortController();
const lease = (name: string) => ({ metadata: { name, uid: `uid of ${name}`, resourceVersion: '7' } });

/** A removal against a server that answers every request with a status, what it was asked and what was said. */
function removal(status: number) {
  const asked: KubeRequest[] = [];
  const warnings: string[] = [];
  const warn = (_: object, message: string) => void warnings.push(message);
  const json = (request: KubeRequest): Promise<never> => {
    asked.push(request);
    if (status === 200) return Promise.resolve(undefined as never);
    return Promise.reject(new KubeError('no', { status, reason: 'no' }));
  };
  const log = { debug: warn, info: warn, warn, error: warn };
  const made = new LeaseRemoval({ connection: { json }, log, namespace: 'cvmsg-system' });
  return { asked, warnings, made };
}

describe('the removal of a lease', () => {
  it('deletes it only as it was last seen', async () => {
    const { made, asked } = removal(200);
    expect(await made.remove(lease('a'), signal)).toBe(true);
    expect(asked[0]).toMatchObject({
      method: 'DELETE',
      path: '/apis/coordination.k8s.io/v1/namespaces/cvmsg-system/leases/a',
      body: { preconditions: { uid: 'uid of a', resourceVersion: '7' } },
    });
  });

  it.each([404, 409])('leaves one alone that somebody was faster with (%i)', async (status) => {
    const { made, warnings } = removal(status);
    expect(await made.remove(lease('a'), signal)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('says once that the right is missing, and goes on', async () => {
    const { made, warnings } = removal(403);
    expect(await made.remove(lease('a'), signal)).toBe(false);
    expect(await made.remove(lease('b'), signal)).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('the verb "delete"')]);
  });

  it('tells any other failure', async () => {
    await expect(removal(500).made.remove(lease('a'), signal)).rejects.toMatchObject({ status: 500 });
  });
});
