import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import type { InstanceStatus } from './instance-status.ts';
import { rowKind } from './plan-outcome.ts';
import { reportedRow } from './reported-row.ts';

const instanceId = 'ins-1' as InstanceId;
const list = (...names: string[]) => names.map((name) => `sg-${name}` as SecurityGroupId);
const binding = {
  key: bindingKey('shop', 'web'),
  origin: { kind: 'kubernetes', uid: 'u', generation: 1 } as const,
  scope: { account: 'default', region: 'ap-guangzhou' },
  sgIds: list('a', 'b'),
};
const status = (over: Partial<InstanceStatus>): InstanceStatus => ({
  ...{ instanceId, state: 'Drifted', reason: 'Drifted', message: 'why', sgIds: list('b', 'a') },
  ...over,
});

describe('the row of an instance that another replica has read', () => {
  it('has the list of its status, and what lies between it and the declared one', () => {
    const row = reportedRow(status({}), binding);
    expect(row).toMatchObject({ observed: list('b', 'a'), desired: list('a', 'b'), binding: 'shop/web' });
    expect(row?.steps).toHaveLength(1);
    expect(row && rowKind(row)).toBe('change');
  });

  it.each<[Partial<InstanceStatus>, string, string]>([
    [{ state: 'Refused', reason: 'ForbiddenGroup' }, 'refused', 'forbidden'],
    [{ state: 'Refused', reason: 'Refused' }, 'refused', 'group-limit'],
    [{ state: 'Refused', reason: 'BlastRadius' }, 'refused', 'blast-radius'],
    [{ state: 'Deferred', reason: 'OutsideWindow' }, 'deferred', 'change-window'],
    [{ state: 'Held', reason: 'ObserveOnly' }, 'held', 'observe-only'],
    [{ state: 'Blocked', reason: 'Blocked' }, 'waiting', 'instance-state'],
  ])('says what stands between: %j', (over, kind, guard) => {
    const row = reportedRow(status(over), binding);
    expect(row?.guard).toEqual({ guard, outcome: kind, reason: over.reason, message: 'why' });
    expect(row && rowKind(row)).toBe(kind);
  });

  it('says why nobody could read it', () => {
    const { sgIds: _, ...unread } = status({ state: 'NotFound', reason: 'NotFound' });
    const row = reportedRow(unread, binding);
    expect(row).toMatchObject({ problem: 'why', steps: [] });
    expect(row && rowKind(row)).toBe('unreadable');
  });

  it.each(['InSync', 'Conflicted'] as const)('is none for one that is %s', (state) => {
    expect(reportedRow(status({ state }), binding)).toBeUndefined();
  });
});
