import { describe, expect, it } from 'vitest';
import { groups } from '../../test/faults/small-world.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import { newRecord } from './instance.ts';
import type { Binding } from './model.ts';
import { planRow } from './plan-row.ts';

const ID = 'ins-00000000' as InstanceId;
const CLAIM = {
  owner: {
    key: 'shop/web' as BindingKey,
    scope: { account: 'default', region: 'ap-guangzhou' },
    origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r' },
    sgIds: groups('a'),
  } as unknown as Binding,
} as Claim;
const CONTEXT = { instanceId: ID, claim: CLAIM, nowMs: 0, wallMs: 0 } as Parameters<typeof planRow>[1];

describe('an instance that could not be read', () => {
  it('is told to be missing as data when the cloud does not know it', () => {
    const row = planRow({ ...newRecord(ID), missing: true }, CONTEXT);
    expect(row).toMatchObject({ missing: true, problem: expect.stringContaining('ap-guangzhou') });
  });

  it('is not missing while nobody has read it, or a read failed, whatever the words of the failure', () => {
    const error = {
      ...{ kind: 'denied', api: 'v3', action: 'DescribeInstances', code: 'UnauthorizedOperation' },
      ...{ message: 'the cloud knows no such instance', requestId: '', sent: true },
    } as const;
    const failed = { ...newRecord(ID), readFailure: { error } } as unknown as Parameters<typeof planRow>[0];
    for (const record of [undefined, newRecord(ID), failed])
      expect(planRow(record, CONTEXT)).not.toHaveProperty('missing');
  });
});
