import { expect, it } from 'vitest';
import { bindingKey, type InstanceId } from '../../api/ids.ts';
import type { InstanceVerdict } from '../../core/instance-verdict.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { LocalState } from '../../sinks/local-state.ts';
import type { BindingVerdict } from '../../sinks/port.ts';
import { openInMemory } from '../../state/state-file.ts';
import { explain } from './explanation.ts';

const ID = 'ins-data0000' as InstanceId;

function verdict(
  namespace: string,
  instance: Omit<InstanceVerdict, 'instanceId' | 'message'>,
): BindingVerdict {
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
    verdict('aaa', { state: 'Refused', reason: 'NotAllowed' }),
    verdict('bbb', { state: 'NotFound', reason: 'NotFound' }),
    verdict('ccc', { state: 'Conflicted', reason: 'Conflicted' }),
    verdict('data', { state: 'InSync', reason: 'InSync', sgIds: [] }),
  ]);
  const explained = explain(file, ID);
  expect(explained?.binding).toBe('data/web');
  expect(explained?.otherClaimants).toEqual(['aaa/web', 'bbb/web', 'ccc/web']);
});
