import { expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../src/api/ids.ts';
import { statusOf } from '../../src/kubernetes/status/binding-status.ts';
import { EventWriter } from '../../src/kubernetes/status/event-writer.ts';
import { StatusWriter } from '../../src/kubernetes/status/status-writer.ts';
import type { BindingStatus } from '../../src/ports/status.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { until } from '../cli/until.ts';
import { describeCluster } from './cluster.ts';
import { connect } from './lease-replica.ts';

const MIB = 1024 * 1024;
const INSTANCES = 1_000;
const ids = Array.from({ length: INSTANCES }, (_, index) => `ins-${String(index).padStart(8, '0')}`);
const groups = Array.from(
  { length: 5 },
  (_, index) => `sg-${String(index).padStart(16, '0')}` as SecurityGroupId,
);

/** A status in which everything is as long as it can be. */
function worst(key: string, uid: string, message: string): BindingStatus {
  return {
    key: key as BindingKey,
    scope: { account: 'default', region: 'ap-guangzhou' },
    origin: { kind: 'kubernetes', uid, generation: 1 },
    sgIds: groups,
    groupNames: Object.fromEntries(groups.map((id) => [id, message])),
    conditions: ['Ready', 'Stalled', 'DriftDetected', 'Conflicted', 'Contested', 'Suspended'].map((type) => ({
      type,
      status: 'False',
      reason: 'Failed',
      message: message.repeat(60),
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })),
    instanceCount: INSTANCES,
    inSyncCount: 0,
    instances: ids.map((id) => ({
      instanceId: id as InstanceId,
      state: 'Failed',
      sgIds: groups,
      reason: 'Failed',
      message,
      requestId: 'r'.repeat(128),
      lastWriteMs: 0,
    })),
  } as unknown as BindingStatus;
}

describeCluster('the status of 1,000 instances', { instances: 1 }, (cluster) => {
  it.each([
    { what: 'Chinese', sign: '防' },
    { what: 'signs that are stored as escapes', sign: '<' },
    { what: 'signs outside the basic plane', sign: '😀' },
    { what: 'quotation marks', sign: '"' },
  ])(
    'leaves the whole object below 1 MiB, with every original list, whatever the messages hold: $what',
    async ({ what, sign }) => {
      const c = cluster();
      const name = what.replaceAll(' ', '-').toLowerCase();
      const connection = await connect(c);
      const stop = new AbortController();
      const annotations = { note: 'x'.repeat(200_000) };
      const spec = { region: 'ap-guangzhou', instanceIds: ids, sgIds: groups, deletionPolicy: 'Restore' };
      const object = {
        apiVersion: 'cvmsg.dev/v1alpha1',
        kind: 'CvmSecurityGroupBinding',
        metadata: { name, namespace: 'default', annotations },
        spec,
      };
      const path = '/apis/cvmsg.dev/v1alpha1/namespaces/default/cvmsecuritygroupbindings';
      const created = await connection.json<{ metadata: { uid: string } }>(
        { method: 'POST', path, body: object },
        stop.signal,
      );
      const { uid } = created.metadata;
      let written = false;
      const errors: string[] = [];
      const log = {
        ...silentLog,
        warn: (fields: object) => void errors.push(JSON.stringify(fields)),
        error: (fields: object) => void errors.push(JSON.stringify(fields)),
      };
      const base = { connection, clock: systemClock, random: systemRandom, log, signal: stop.signal };
      const statuses = new StatusWriter({
        ...base,
        mayWrite: () => true,
        onWritten: () => {
          written = true;
        },
      });
      const bindingStatus = worst(`default/${name}`, uid, sign.repeat(512));
      const history = Array.from({ length: 10 }, () => ({
        time: '2026-01-01T00:00:00Z',
        cause: 'drift',
        before: groups,
        after: groups,
        instanceIds: ids.slice(0, 10),
      }));
      const status = statusOf(bindingStatus, {
        generation: 1,
        listAll: true,
        original: () => groups,
        history,
      });
      statuses.write({ key: bindingStatus.key, uid, status });
      await statuses.idle();
      expect([written, errors]).toEqual([true, []]);
      const stored = await c.kubectl('get', 'csgb', name, '-o', 'json', '--show-managed-fields');
      const { status: reported } = JSON.parse(stored) as {
        status: { instances: { originalSgIds?: string[]; message?: string }[]; omittedInstances?: number };
      };
      // As etcd holds it: without the indentation of kubectl, and with the escapes of the server.
      const bytes = Buffer.byteLength(JSON.stringify(JSON.parse(stored)).replaceAll(/[<>&]/g, '\\u003c'));
      expect(bytes).toBeLessThan(MIB);
      expect(reported.instances.map(({ originalSgIds }) => originalSgIds?.length)).toEqual(
        Array(INSTANCES).fill(5),
      );
      expect(reported.omittedInstances).toBeUndefined();
      const events = new EventWriter({ ...base, instance: 'test', mayWrite: () => true });
      events.write({
        namespace: 'default',
        name,
        uid,
        type: 'Warning',
        reason: 'Failed',
        note: sign.repeat(1_024),
      });
      await events.idle();
      await until('the event', async () =>
        (await c.kubectl('get', 'events.events.k8s.io', '-o', 'json')).includes(uid),
      );
      expect(errors).toEqual([]);
      stop.abort();
      await connection.close();
    },
  );
});
