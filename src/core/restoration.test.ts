import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import { DEFAULT_GUARD_RULES, type GroupKnowledge, type GuardResult } from './guard-port.ts';
import { type InstanceRecord, newRecord } from './instance.ts';
import type { Binding, GroupList } from './model.ts';
import { restorationEnd, restoringClaim } from './restoration.ts';

const ID = 'ins-00000001' as InstanceId;
const NOW_MS = Date.UTC(2026, 0, 1);
const list = (...letters: string[]): GroupList =>
  letters.map((letter) => `sg-${letter.repeat(8)}` as SecurityGroupId);
const binding: Binding = {
  key: bindingKey('shop', 'web'),
  namespace: 'shop',
  name: 'web',
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: [ID],
  sgIds: list('c'),
  mode: 'Enforce',
  suspend: false,
  deletionPolicy: 'Restore',
  origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
};
const observed = (sgIds: GroupList, restrictState = 'NORMAL') => ({
  observed: { instanceId: ID, sgIds, state: 'RUNNING', restrictState, latestOperationState: 'SUCCESS' },
  observedAtMs: NOW_MS,
});
const TOO_MANY = { guard: 'blast-radius', reason: 'BlastRadius', message: 'too many' } as const;
const failure = (terminal: boolean) => ({
  failure: {
    error: {
      kind: 'denied',
      api: 'v2',
      action: 'Modify',
      code: '4102',
      message: 'no',
      requestId: '',
      sent: true,
    },
    attempts: 1,
    nextAtMs: NOW_MS,
    terminal,
    stateSeen: 'RUNNING/NORMAL/SUCCESS',
  } as const,
});

const credentialFailure = (code: string) =>
  ({
    kind: 'credential',
    api: 'v2',
    action: 'Modify',
    code,
    message: 'no',
    requestId: '',
    sent: false,
  }) as const;

describe('the end of a restoration', () => {
  it.each<{
    reason: string;
    record: Partial<InstanceRecord>;
    over?: Partial<Binding>;
    groups?: GroupKnowledge;
    together?: GuardResult;
    isDeleting?: boolean;
    /** The code of what keeps every call from being made. */
    unreachable?: string;
    outcome: string | undefined;
  }>([
    { reason: 'the list is back', record: observed(list('a', 'b')), outcome: 'restored' },
    { reason: 'the order is not', record: observed(list('b', 'a')), outcome: undefined },
    { reason: 'never read', record: {}, outcome: undefined },
    { reason: 'being written', record: { ...observed(list('a', 'b')), writing: true }, outcome: undefined },
    { reason: 'the cloud does not know it', record: { missing: true }, outcome: 'gone' },
    { reason: 'its state forbids it', record: observed(list('c'), 'EXPIRED'), outcome: 'refused' },
    {
      reason: 'the binding only observed',
      record: observed(list('c')),
      over: { mode: 'Observe' },
      outcome: 'refused',
    },
    {
      reason: 'whether its groups exist is being read',
      record: observed(list('c')),
      groups: { state: 'unknown', message: 'being read' },
      outcome: undefined,
    },
    {
      reason: 'a flood of which it is a part waits for an approval',
      record: observed(list('c')),
      together: { ...TOO_MANY, outcome: 'refused', approvable: 'sha256:…' },
      outcome: undefined,
    },
    {
      reason: 'it has to wait for earlier changes to be old enough',
      record: observed(list('c')),
      together: { ...TOO_MANY, outcome: 'deferred' },
      outcome: undefined,
    },
    {
      reason: 'one of its groups is gone',
      record: observed(list('c')),
      groups: {
        state: 'known',
        names: new Map([[list('a')[0] as SecurityGroupId, 'web']]),
        absent: new Set(list('b')),
        limit: 5,
      },
      outcome: 'refused',
    },
    {
      reason: 'a failure that passes',
      record: { ...observed(list('c')), ...failure(false) },
      outcome: undefined,
    },
    { reason: 'a failure for good', record: { ...observed(list('c')), ...failure(true) }, outcome: 'failed' },
    {
      reason: 'a read that may be older than the write',
      record: {
        ...observed(list('a', 'b')),
        unconfirmed: {
          journalId: 1,
          after: list('c'),
          stale: [list('a', 'b')],
          sinceMs: NOW_MS - 1_000,
          accepted: true,
        },
      },
      outcome: undefined,
    },
    {
      reason: 'the Secret went with the binding, before anything was read',
      record: {},
      isDeleting: true,
      unreachable: 'CredentialsNotFound',
      outcome: 'failed',
    },
    {
      reason: 'the Secret is gone, and the binding stays',
      record: observed(list('c')),
      unreachable: 'CredentialsNotFound',
      outcome: undefined,
    },
    {
      reason: 'the Secret cannot be read, and may be there',
      record: observed(list('c')),
      isDeleting: true,
      unreachable: 'CredentialsUnavailable',
      outcome: undefined,
    },
    {
      reason: 'the Secret is gone while a write is under way',
      record: { ...observed(list('c')), writing: true },
      isDeleting: true,
      unreachable: 'CredentialsNotFound',
      outcome: undefined,
    },
  ])('$reason: $outcome', ({ record, over, groups, together, isDeleting, unreachable, outcome }) => {
    const claim = restoringClaim(ID, {
      binding: { ...binding, ...over },
      original: list('a', 'b'),
      isDeleting: isDeleting ?? false,
    });
    const rules = {
      ...DEFAULT_GUARD_RULES,
      ...(groups === undefined ? {} : { groups }),
      together: () => together,
    };
    const problem = unreachable === undefined ? {} : { cloud: credentialFailure(unreachable) };
    const context = { claim, rules, nowMs: NOW_MS, wallMs: NOW_MS, problem };
    expect(restorationEnd({ ...newRecord(ID), ...record }, context)?.outcome).toBe(outcome);
  });
});
