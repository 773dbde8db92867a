/** Who of several replicas tells people, and what the next process tells. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { until } from '../cli/until.ts';
import { FakeVendor, SIGNING_SECRET, serveVendor } from '../notify/vendors.ts';
import { describeCluster } from './cluster.ts';

describeCluster('messages of replicas', { instances: 3 }, (cluster) => {
  it('come once, also of a directory that all of them follow', async () => {
    const c = cluster();
    const folder = mkdtempSync(join(tmpdir(), 'cvmsg-cluster-notify-'));
    const vendor = new FakeVendor('webhook', systemClock);
    await using served = await serveVendor(vendor);
    writeFileSync(join(folder, 'url'), served.url);
    writeFileSync(join(folder, 'secret'), SIGNING_SECRET);
    writeFileSync(
      join(folder, 'notify.yaml'),
      'targets:\n  - {name: ops, format: webhook, urlFile: url, secretFile: secret}\n',
    );
    const broken = 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\nspec: [x\n';
    const bindings = mkdtempSync(join(folder, 'bindings-'));
    writeFileSync(join(bindings, 'broken.yaml'), broken);
    const args = ['--source', bindings, '--notify-config', join(folder, 'notify.yaml')];
    const operators = [c.operator({ args }), c.operator({ args })];
    const refused = (name: string, index: number) =>
      c.apply(name, { instanceIds: [c.cloud.instances[index]], sgIds: [`sg-nosuch0${index}`] });
    const about = () =>
      vendor.accepted.map((body) => {
        const { reason, bindings: names } = JSON.parse(body) as { reason: string; bindings: string[] };
        return [reason, ...names].join(' ');
      });
    await refused('first', 0);
    await until('both messages', () => about().length >= 2);
    await refused('second', 1);
    await until('the third message', () => about().includes('UnknownGroup default/second'));
    expect(about().sort()).toEqual([
      'InvalidDocument',
      'UnknownGroup default/first',
      'UnknownGroup default/second',
    ]);
    expect(await Promise.all(operators.map((operator) => operator.stop()))).toEqual([0, 0]);
    rmSync(folder, { recursive: true });
  });
});
