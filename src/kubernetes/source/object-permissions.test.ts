import { describe, expect, it } from 'vitest';
import { OPEN_POLICY, type Policy } from '../../core/policy.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { BindingObject } from './binding-object.ts';
import { emergencySetMs } from './binding-object.ts';
import { ObjectPermissions } from './object-permissions.ts';

const HOUR_MS = 3_600_000;
const DIGEST = `sha256:${'a'.repeat(64)}`;

const object = (annotations: Readonly<Record<string, string>>, over: Partial<BindingObject> = {}) =>
  ({
    metadata: { name: 'web', namespace: 'shop', uid: 'u', generation: 1, annotations },
    spec: { region: 'ap-guangzhou', instanceIds: ['ins-00000001'], sgIds: ['sg-00000001'] },
    ...over,
  }) as BindingObject;

function reader(over: Partial<Policy> = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const write = (fields: object, message: string) => void log.push(`${message} ${JSON.stringify(fields)}`);
  const permissions = new ObjectPermissions({
    rules: { ...OPEN_POLICY, ...over },
    clock,
    log: { debug: write, info: write, warn: write, error: write },
  });
  return { clock, log, permissions };
}

const approved = { 'cvmsg.dev/approved-plan': `${DIGEST} by alice at 2026-01-01T00:00:00Z` };
const burning = (untilMs: number) => ({
  'cvmsg.dev/emergency': `${new Date(untilMs).toISOString()} it burns`,
});

describe('an approval on an object', () => {
  it.each([
    { annotations: undefined, counts: true, reason: 'it counts in a cluster without a word' },
    { annotations: true, counts: true, reason: 'the policy says so' },
    { annotations: false, counts: false, reason: 'the policy says not' },
  ])('counts: $counts, because $reason, and the log names it once', ({ annotations, counts }) => {
    const rules = { ...OPEN_POLICY.approvals, ...(annotations === undefined ? {} : { annotations }) };
    const { permissions, log } = reader({ approvals: rules });
    const first = permissions.read(object(approved), undefined);
    permissions.read(object(approved), first);
    expect(first.approvedPlan?.by).toBe(counts ? 'alice' : undefined);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(`approval of ${DIGEST} for shop/web by "alice"`);
    expect(log[0]).toContain(`"counts":${counts}`);
  });

  it('is vouched for only where the policy says that the server compares names', () => {
    const plain = reader().permissions.read(object(approved), undefined);
    const verified = { ...OPEN_POLICY.approvals, verified: true };
    const vouched = reader({ approvals: verified }).permissions.read(object(approved), undefined);
    expect([plain.approvedPlan?.saidBy, vouched.approvedPlan?.saidBy]).toEqual([undefined, 'server']);
  });
});

describe('an emergency on an object', () => {
  const short = { emergencies: { longestMs: 4 * HOUR_MS } };

  it('counts when it is short enough', () => {
    const { permissions, clock } = reader(short);
    const binding = permissions.read(object(burning(clock.wall() + 3 * HOUR_MS)), undefined);
    expect(binding.emergency?.reason).toBe('it burns');
  });

  it('that is too long counts for nothing, and never does as it is', async () => {
    const { permissions, clock, log } = reader(short);
    const one = object(burning(clock.wall() + 5 * HOUR_MS));
    const first = permissions.read(one, undefined);
    await clock.advance(3 * HOUR_MS);
    const later = permissions.read(one, first);
    expect([first.emergency, later.emergency]).toEqual([undefined, undefined]);
    expect(later.refusedEmergency?.why).toContain('declare a shorter one');
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('emergency/longest');
  });

  it('counts from when the server recorded it, for a process that sees it later', () => {
    const { permissions, clock } = reader(short);
    const untilMs = clock.wall() + 2 * HOUR_MS;
    const old = object(burning(untilMs), { emergencySetMs: clock.wall() - 3 * HOUR_MS });
    expect(permissions.read(old, undefined).emergency).toBeUndefined();
    const young = object(burning(untilMs), { emergencySetMs: clock.wall() - HOUR_MS });
    expect(permissions.read(young, undefined).emergency).toBeDefined();
  });
});

it('the time of an emergency is that of the first manager who says it', () => {
  const owns = { 'f:metadata': { 'f:annotations': { 'f:cvmsg.dev/emergency': {} } } };
  const managedFields = [
    { time: '2026-01-01T02:00:00Z', fieldsV1: owns },
    { time: '2026-01-01T01:00:00Z', fieldsV1: owns },
    { time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:spec': {} } },
    {},
  ];
  const setMs = emergencySetMs({ name: 'web', managedFields });
  expect(new Date(setMs ?? 0).toISOString()).toBe('2026-01-01T01:00:00.000Z');
  expect(emergencySetMs({ name: 'web' })).toBeUndefined();
});
