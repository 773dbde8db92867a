/** Who of several replicas tells people, and what the next process tells. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { until } from '../cli/until.ts';
import { FakeVendor, SIGNING_SECRET, serveVendor } from '../notify/vendors.ts';
import { type Cluster, describeCluster } from './cluster.ts';

/** A target, the flags that name it, and what it was told about. */
async function openTarget() {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-cluster-notify-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const vendor = new FakeVendor('webhook', systemClock);
  const { url } = stack.use(await serveVendor(vendor));
  writeFileSync(join(folder, 'url'), url);
  writeFileSync(join(folder, 'secret'), SIGNING_SECRET);
  const target = '{name: ops, format: webhook, urlFile: url, secretFile: secret}';
  writeFileSync(join(folder, 'notify.yaml'), `targets:\n  - ${target}\n`);
  const about = () =>
    vendor.accepted.map((body) => {
      const { reason, bindings } = JSON.parse(body) as { reason: string; bindings: string[] };
      return [reason, ...bindings].join(' ');
    });
  return { stack, folder, args: ['--notify-config', join(folder, 'notify.yaml')], about };
}

/** A binding that is refused in words of its own. */
const refused = (c: Cluster, name: string, index: number) =>
  c.apply(name, { instanceIds: [c.cloud.instances[index]], sgIds: [`sg-nosuch0${index}`] });

describeCluster('messages in a cluster', { instances: 3 }, (cluster) => {
  it('come from one replica, also about a directory that all of them follow', async () => {
    const c = cluster();
    const { stack, folder, args, about } = await openTarget();
    await using _ = stack;
    const bindings = mkdtempSync(join(folder, 'bindings-'));
    const broken = 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\nspec: [x\n';
    writeFileSync(join(bindings, 'broken.yaml'), broken);
    const both = [...args, '--source', bindings];
    const operators = [c.operator({ args: both }), c.operator({ args: both })];
    await refused(c, 'first', 0);
    await until('both messages', () => about().length >= 2);
    await refused(c, 'second', 1);
    await until('the third message', () => about().includes('UnknownGroup default/second'));
    expect(about().sort()).toEqual([
      'InvalidDocument',
      'UnknownGroup default/first',
      'UnknownGroup default/second',
    ]);
    expect(await Promise.all(operators.map((operator) => operator.stop()))).toEqual([0, 0]);
  });

  it('do not come again from the next process about what the objects say since long', async () => {
    const c = cluster();
    await c.kubectl('delete', 'csgb', '--all');
    const { stack, args, about } = await openTarget();
    await using _ = stack;
    const first = c.operator({ args });
    await refused(c, 'first', 0);
    await until('the message', () => about().length > 0);
    expect(await first.stop()).toBe(0);
    const long = new Date(systemClock.wall() - 3_600_000).toISOString().replace(/\.\d+/, '');
    const { status } = await c.binding('first');
    const index = status?.conditions?.findIndex(({ type }) => type === 'Ready');
    const path = `/status/conditions/${index}/lastTransitionTime`;
    const patch = JSON.stringify([{ op: 'replace', path, value: long }]);
    await c.kubectl('patch', 'csgb', 'first', '--subresource=status', '--type=json', '-p', patch);
    const next = c.operator({ args });
    await refused(c, 'later', 1);
    await until('the new message', () => about().includes('UnknownGroup default/later'));
    expect(about()).toEqual(['UnknownGroup default/first', 'UnknownGroup default/later']);
    expect(await next.stop()).toBe(0);
  });
});
