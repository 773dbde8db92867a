import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { DriftTraffic } from '../../ports/traffic.ts';
import type { EventOf } from './event-writer.ts';
import { TrafficEvents } from './traffic-events.ts';

const change = (effect: 'opens' | 'closes') => ({
  direction: 'ingress' as const,
  family: 'ipv4' as const,
  effect,
  dependsOn: [],
  services: ['tcp/22'],
  addresses: ['0.0.0.0/0'],
  instances: 2,
});
const drift = (over: Partial<DriftTraffic> = {}): DriftTraffic => ({
  binding: 'shop/web' as BindingKey,
  origin: { kind: 'kubernetes', uid: 'u1', generation: 1 },
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: ['ins-1', 'ins-2'] as InstanceId[],
  declared: ['sg-b'] as SecurityGroupId[],
  observed: ['sg-a', 'sg-b'] as SecurityGroupId[],
  changes: [change('opens')],
  foundMs: 90_000,
  ...over,
});

function written(tell: (events: TrafficEvents) => void): EventOf[] {
  const events: EventOf[] = [];
  tell(new TrafficEvents({ write: (event) => events.push(event) }));
  return events;
}

describe('an event of drift', () => {
  it('warns of what it has opened, and says since when at the earliest', () => {
    expect(written((events) => events.drifted(drift({ sinceMs: 30_000 })))).toEqual([
      {
        namespace: 'shop',
        name: 'web',
        uid: 'u1',
        type: 'Warning',
        reason: 'DriftChangedTraffic',
        note: 'somebody gave 2 instances (ins-1, ins-2) the list [sg-a, sg-b], since 1970-01-01T00:00:30Z at the earliest: opened tcp/22 from 0.0.0.0/0',
      },
    ]);
  });

  it('is a normal one where nothing was opened, and none where no object declares', () => {
    expect(written((events) => events.drifted(drift({ changes: [change('closes')] })))[0]?.type).toBe(
      'Normal',
    );
    const origin = { kind: 'directory', file: 'a.yaml', line: 1, column: 1, revision: 'r' } as const;
    expect(written((events) => events.drifted(drift({ origin })))).toEqual([]);
  });
});

describe('an event of changed rules', () => {
  it('names the groups, the instances and what was opened', () => {
    const { declared: _, observed: __, ...rest } = drift();
    const changedGroups = ['sg-b'] as SecurityGroupId[];
    const change = { ...rest, list: ['sg-b'] as SecurityGroupId[], changedGroups };
    expect(written((events) => events.rulesChanged(change))).toMatchObject([
      {
        type: 'Warning',
        reason: 'RulesChanged',
        note: 'somebody changed the rules of sg-b, which 2 instances (ins-1, ins-2) have: opened tcp/22 from 0.0.0.0/0',
      },
    ]);
  });
});
