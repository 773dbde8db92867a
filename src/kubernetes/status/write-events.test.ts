import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { BindingWrites } from '../../ports/writes.ts';
import type { EventOf } from './event-writer.ts';
import { WriteEvents } from './write-events.ts';

const list = (...names: string[]) => names.map((name) => `sg-${name}` as SecurityGroupId);
const opens = {
  direction: 'ingress' as const,
  family: 'ipv4' as const,
  effect: 'opens' as const,
  dependsOn: [],
  services: ['tcp/22'],
  addresses: ['0.0.0.0/0'],
  instances: 2,
};
const writes = (over: Partial<BindingWrites> = {}): BindingWrites => ({
  binding: 'shop/web' as BindingKey,
  origin: { kind: 'kubernetes', uid: 'u1', generation: 1 },
  scope: { account: 'default', region: 'ap-guangzhou' },
  cause: 'declared',
  instanceIds: ['ins-1', 'ins-2'] as InstanceId[],
  lists: [{ before: list('a'), after: list('b', 'c') }],
  changes: [],
  ...over,
});

function told(tell: (events: WriteEvents) => void): string[] {
  const events: EventOf[] = [];
  tell(new WriteEvents({ write: (event) => events.push(event) }));
  return events.map(({ type, reason, note }) => `${type} ${reason}: ${note}`);
}

describe('the event of writes', () => {
  it('says what was written, why, to how many instances, and what it opens', () => {
    expect(told((events) => events.written(writes({ changes: [opens] })))).toEqual([
      'Normal Written: a change was declared: 2 instances (ins-1, ins-2) got [sg-b, sg-c]; opens tcp/22 from 0.0.0.0/0',
    ]);
  });

  it('says which approval let them pass by one of its own', () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    const approvedBy = { digest, by: 'kim', at: '2026-01-01T00:00:00Z', reason: 'planned' };
    expect(told((events) => events.written(writes({ permit: { approvedBy } })))[1]).toBe(
      `Normal ApprovalUsed: writes pass as approved ${digest} by kim at 2026-01-01T00:00:00Z because "planned"`,
    );
  });

  it('is none where a list is put back, which is told as such, and where no object declares', () => {
    const origin = { kind: 'directory', file: 'a.yaml', line: 1, column: 1, revision: 'r' } as const;
    expect(told((events) => events.written(writes({ cause: 'restored' })))).toEqual([]);
    expect(told((events) => events.written(writes({ origin })))).toEqual([]);
    expect(told((events) => events.driftFound(writes({ origin }), true))).toEqual([]);
  });
});

describe('the event of drift', () => {
  const drift = writes({ cause: 'drift' });

  it('is one that warns of what was found and says that it is repaired', () => {
    expect(told((events) => events.driftFound(drift, true))).toEqual([
      'Warning DriftFound: somebody gave 2 instances (ins-1, ins-2) the list [sg-a]; repaired: read back as [sg-b, sg-c]',
    ]);
  });

  it('is followed by another one where the repair takes long', () => {
    const several = { ...drift, lists: [...drift.lists, { before: list('d'), after: list('b', 'c') }] };
    expect(
      told((events) => {
        events.driftFound(several, false);
        events.driftRepaired(several);
      }),
    ).toEqual([
      'Warning DriftFound: somebody gave 2 instances (ins-1, ins-2) the lists [sg-a], [sg-d]; the repair is not read back yet',
      'Normal DriftRepaired: 2 instances (ins-1, ins-2) repaired: read back as [sg-b, sg-c]',
    ]);
  });
});
