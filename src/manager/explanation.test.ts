import { expect, it } from 'vitest';
import { bindingKey, type InstanceId } from '../api/ids.ts';
import type { InstanceStatus } from '../core/instance-status.ts';
import type { BindingStatus } from '../ports/status.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { LocalState } from '../store/local-state.ts';
import { openInMemory } from '../store/sqlite/state-file.ts';
import { explain } from './explanation.ts';

const ID = 'ins-data0000' as InstanceId;

function status(namespace: string, instance: Omit<InstanceStatus, 'instanceId' | 'message'>): BindingStatus {
  return {
    key: bindingKey(namespace, 'web'),
    scope: { account: 'default', region: 'ap-guangzhou' },
    origin: { kind: 'directory', file: `${namespace}.yaml`, line: 1, column: 1, revision: 'r1' },
    sgIds: [],
    conditions: [],
    instanceCount: 1,
    inSyncCount: 0,
    instances: [{ instanceId: ID, message: '', ...instance }],
  };
}

it('explains an instance by the binding that holds it, whoever else names it', () => {
  const file = openInMemory();
  const state = new LocalState(file, { clock: new VirtualClock(), actor: 'test' });
  state.publish([
    status('aaa', { state: 'Refused', reason: 'NotAllowed' }),
    status('bbb', { state: 'NotFound', reason: 'NotFound' }),
    status('ccc', { state: 'Conflicted', reason: 'Conflicted' }),
    status('data', { state: 'InSync', reason: 'InSync', sgIds: [] }),
  ]);
  const explained = explain(file, ID);
  expect(explained?.binding).toBe('data/web');
  expect(explained?.otherClaimants).toEqual(['aaa/web', 'bbb/web', 'ccc/web']);
});
