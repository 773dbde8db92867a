import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition, ConditionReason } from '../api/conditions.ts';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import { inSyncCount, report } from './binding-conditions.ts';
import { INSTANCE_STATES, type InstanceState, type InstanceStatus, outlook } from './instance-status.ts';
import type { Binding } from './model.ts';

const binding: Binding = {
  key: bindingKey('shop', 'web'),
  namespace: 'shop',
  name: 'web',
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: [],
  sgIds: ['sg-aaaaaaaa' as SecurityGroupId],
  mode: 'Enforce',
  suspend: false,
  origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
};
const REASON: Readonly<Record<InstanceState, ConditionReason>> = {
  Pending: 'NotObserved',
  InSync: 'InSync',
  Drifted: 'Drifted',
  Writing: 'Progressing',
  Verifying: 'Progressing',
  Retrying: 'CloudError',
  Blocked: 'Blocked',
  Deferred: 'OutsideWindow',
  Contested: 'Contested',
  Held: 'ObserveOnly',
  Refused: 'Refused',
  Failed: 'Denied',
  NotFound: 'NotFound',
  Conflicted: 'Conflicted',
};
const status = (state: InstanceState, n: number, message: string = state): InstanceStatus => ({
  instanceId: `ins-${String(n).padStart(8, '0')}` as InstanceId,
  state,
  reason: REASON[state],
  message: state === 'InSync' ? '' : message,
});
const T0 = Date.UTC(2026, 0, 1);
const conditions = (states: readonly InstanceState[], previous: readonly Condition[] = [], wallMs = T0) =>
  report({ binding, instances: states.map((state, n) => status(state, n)), previous, wallMs });
const words = (list: readonly Condition[]) =>
  list.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
const find = (list: readonly Condition[], type: string) => list.find((condition) => condition.type === type);

describe('report', () => {
  it.each<{ states: InstanceState[]; want: string[]; reason: string }>([
    { states: ['InSync', 'InSync'], want: ['Ready=True InSync'], reason: 'all in sync' },
    {
      states: ['InSync', 'Pending'],
      want: ['Ready=False NotObserved', 'Reconciling=True Progressing'],
      reason: 'one that was never read is not in sync',
    },
    {
      states: ['Drifted', 'InSync'],
      want: ['Ready=False Drifted', 'Reconciling=True Progressing', 'DriftDetected=True Drifted'],
      reason: 'drift is said while it is repaired',
    },
    {
      states: ['Verifying'],
      want: ['Ready=False Progressing', 'Reconciling=True Progressing'],
      reason: 'written is not read back',
    },
    {
      states: ['Retrying', 'Writing'],
      want: ['Ready=False CloudError', 'Reconciling=True ProgressingWithRetry'],
      reason: 'one retry is enough to say so; reasons of equal count go by the alphabet',
    },
    {
      states: ['Blocked', 'InSync'],
      want: ['Ready=False Blocked', 'Reconciling=True ProgressingWithRetry'],
      reason: 'a blocked instance is awaited, nobody has to act',
    },
    {
      states: ['Failed', 'Writing'],
      want: ['Ready=False Denied', 'Reconciling=True Progressing'],
      reason: 'not stalled while another instance moves, but what is stuck is named first',
    },
    {
      states: ['Failed', 'InSync'],
      want: ['Ready=False Denied', 'Stalled=True Denied'],
      reason: 'only stuck ones',
    },
    {
      states: ['NotFound'],
      want: ['Ready=False NotFound', 'Stalled=True NotFound'],
      reason: 'a wrong id is stuck',
    },
    { states: ['Refused'], want: ['Ready=False Refused', 'Stalled=True Refused'], reason: 'a guard refused' },
    {
      states: ['Conflicted', 'InSync'],
      want: ['Ready=False Conflicted', 'Stalled=True Conflicted', 'Conflicted=True Conflicted'],
      reason: 'another binding owns one',
    },
    {
      states: ['Held', 'InSync'],
      want: ['Ready=False ObserveOnly', 'DriftDetected=True Drifted'],
      reason: 'held drift is neither worked on nor stuck',
    },
    {
      states: ['Held', 'Failed', 'Failed'],
      want: ['Ready=False Denied', 'Stalled=True Denied', 'DriftDetected=True Drifted'],
      reason: 'stuck ones next to held ones',
    },
  ])('$reason: $states', ({ states, want, reason }) => {
    expect(words(conditions(states)), reason).toEqual(want);
  });

  it('says that a binding is suspended even when it is in sync', () => {
    const list = report({
      binding: { ...binding, suspend: true },
      instances: [status('InSync', 1)],
      previous: [],
      wallMs: T0,
    });
    expect(words(list)).toEqual(['Ready=True InSync', 'Suspended=True Suspended']);
  });

  it('moves a transition time only when the status does', () => {
    const first = conditions(['Writing', 'InSync'], [], T0);
    const second = conditions(['Retrying', 'InSync'], first, T0 + 60_000);
    expect(find(second, 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
    expect(find(second, 'Reconciling')?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
    const third = conditions(['InSync', 'InSync'], second, T0 + 120_500);
    expect(find(third, 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:02:00Z');
    expect(find(third, 'Reconciling')).toBeUndefined();
  });

  it('names three instances of a cause and counts the others', () => {
    const states = Array.from({ length: 10 }, () => 'Failed' as const);
    const message = find(conditions(states), 'Stalled')?.message;
    expect(message).toBe('ins-00000000, ins-00000001, ins-00000002 and 7 more: Failed');
    expect(find(conditions(states), 'Ready')?.message).toBe(`0 of 10 in sync; ${message}`);
  });

  it('names three causes and counts the others', () => {
    const instances = Array.from({ length: 8 }, (_, n) => status('Failed', n, `cause ${n}`));
    const list = report({ binding, instances, previous: [], wallMs: T0 });
    expect(find(list, 'Stalled')?.message).toBe(
      'ins-00000000: cause 0; ins-00000001: cause 1; ins-00000002: cause 2; and 5 more causes',
    );
  });

  it('counts what is in sync', () => {
    expect(inSyncCount([status('InSync', 1), status('Held', 2), status('InSync', 3)])).toBe(2);
  });

  const anyStates = fc.array(fc.constantFrom(...INSTANCE_STATES), { minLength: 1, maxLength: 40 });

  it('keeps the rules of kstatus for every mix of instances', () => {
    fc.assert(
      fc.property(anyStates, anyStates, (before, states) => {
        const list = conditions(states, conditions(before), T0 + 5_000);
        const types = list.map((condition) => condition.type);
        expect(new Set(types).size).toBe(types.length);
        expect(types[0]).toBe('Ready');
        expect(types.includes('Reconciling') && types.includes('Stalled')).toBe(false);
        for (const condition of list.slice(1)) expect(condition.status).toBe('True');
        const ready = find(list, 'Ready')?.status;
        expect(ready === 'True').toBe(states.every((state) => state === 'InSync'));
        const moves = states.some((state) =>
          ['moving', 'waiting'].includes(outlook({ state, reason: 'Progressing' })),
        );
        expect(types.includes('Reconciling')).toBe(moves);
        expect(types.includes('Stalled')).toBe(
          !moves && states.some((state) => outlook({ state, reason: 'Progressing' }) === 'stuck'),
        );
        for (const { message } of list) expect(message.length).toBeLessThan(400);
      }),
    );
  });

  it('gives the same bytes for the same situation, and does not move when asked again', () => {
    fc.assert(
      fc.property(anyStates, (states) => {
        const once = conditions(states);
        expect(JSON.stringify(conditions(states))).toBe(JSON.stringify(once));
        expect(JSON.stringify(conditions(states, once, T0 + 86_400_000))).toBe(JSON.stringify(once));
      }),
    );
  });
});
