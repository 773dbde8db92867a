import { expect, it } from 'vitest';
import { describeCluster } from './cluster.ts';

describeCluster('the samples', { instances: 1 }, (cluster) => {
  it('are applied as a folder, one after the other as kubectl takes them, and again without a new one', async () => {
    const { kubectl } = cluster();
    const namespaces = await kubectl('get', 'namespaces', '-o', 'name');
    if (!namespaces.includes('cvmsg-system')) await kubectl('create', 'namespace', 'cvmsg-system');
    const first = await kubectl('apply', '-f', 'manifests/samples/');
    for (const kind of ['namespace/shop', 'configmap/cvmsg-allowed', 'role.*/cvmsg-credentials'])
      expect(first).toMatch(new RegExp(`^${kind} `, 'm'));
    expect(first).toMatch(/^cvmsecuritygroupbinding\.cvmsg\.dev\/web created$/m);
    const again = await kubectl('apply', '-f', 'manifests/samples/');
    expect(again).not.toMatch(/ created/);
    expect(await kubectl('get', 'csgb', 'web', '-n', 'shop', '-o', 'jsonpath={.spec.mode}')).toBe('Observe');
  });
});
