import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import { CLOUD_ERROR_KINDS, type CloudError, type CloudErrorKind } from './cloud-error.ts';
import { DEFAULT_GUARD_RULES } from './guard-port.ts';
import { type Failure, type InstanceRecord, newRecord } from './instance.ts';
import { instanceStatus, isPlainlyInSync, type ScopeProblem } from './instance-status.ts';
import type { Binding, GroupList } from './model.ts';
import { STALE_READ_MS } from './stale-read.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

const ID = 'ins-00000001' as InstanceId;
const T = Date.UTC(2026, 0, 1);
const list = (text: string): GroupList => text.split(' ').filter(Boolean) as SecurityGroupId[];
const binding = (name: string, over: Partial<Binding> = {}): Binding => ({
  key: bindingKey('shop', name),
  namespace: 'shop',
  name,
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: [ID],
  sgIds: list('a b'),
  mode: 'Enforce',
  suspend: false,
  origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
  ...over,
});
const error = (kind: CloudErrorKind): CloudError => ({
  kind,
  api: 'v2',
  action: 'ModifySecurityGroupsOfInstance',
  code: '7000',
  message: 'the words of the vendor',
  requestId: 'r',
  sent: true,
});
const failure = (kind: CloudErrorKind, terminal: boolean): Failure => ({
  error: error(kind),
  attempts: 1,
  nextAtMs: T,
  terminal,
  stateSeen: 'RUNNING/NORMAL/SUCCESS',
});
const observed = (text: string, restrictState = 'NORMAL') => ({
  observed: {
    instanceId: ID,
    sgIds: list(text),
    state: 'RUNNING',
    restrictState,
    latestOperationState: 'SUCCESS',
  },
  observedAtMs: T,
});
const written = { journalId: 1, after: list('a b'), stale: [list('b a')], sinceMs: T - 1, accepted: true };

interface Row {
  readonly record?: Partial<InstanceRecord>;
  readonly claim?: Partial<Binding>;
  readonly problem?: ScopeProblem;
  readonly want: string;
  readonly message?: string;
  readonly reason: string;
}

const ROWS: readonly Row[] = [
  {
    record: {
      ...observed('a b'),
      observedAtMs: T - 181_000,
      readFailure: { error: error('credential'), attempts: 9 },
    },
    want: 'Retrying CredentialsFailed',
    reason: 'what could not be read for three sweeps is not known to be in sync',
  },
  {
    record: { ...observed('a b'), observedAtMs: T - 181_000 },
    problem: { cloud: error('network') },
    want: 'Retrying CloudError',
    reason: 'nor when it is the whole scope that cannot be read',
  },
  {
    record: {
      ...observed('a b'),
      observedAtMs: T - 60_000,
      readFailure: { error: error('network'), attempts: 1 },
    },
    want: 'InSync InSync',
    reason: 'a read that failed once takes nothing back',
  },
  { record: {}, want: 'Pending NotObserved', reason: 'not read yet' },
  { want: 'Pending NotObserved', reason: 'no record yet' },
  {
    problem: { cloud: error('credential') },
    want: 'Retrying CredentialsFailed',
    reason: 'no call comes through',
  },
  {
    record: {},
    problem: { cloud: error('clock') },
    want: 'Retrying ClockSkew',
    reason: 'no call comes through',
  },
  {
    record: { readFailure: { error: error('denied'), attempts: 1 } },
    want: 'Retrying Denied',
    reason: 'never read, and why',
  },
  { record: { missing: true }, want: 'NotFound NotFound', reason: 'the cloud does not know it' },
  {
    record: { ...observed('b a'), writing: true },
    want: 'Writing Progressing',
    reason: 'a call is in flight',
  },
  { record: observed('a b'), want: 'InSync InSync', reason: 'read in order' },
  {
    record: observed('b a'),
    want: 'Drifted Drifted',
    message: 'the order differs: a is at place 2, declared at 1',
    reason: 'read in another order',
  },
  {
    record: { ...observed('b a'), unconfirmed: written },
    want: 'Verifying Progressing',
    reason: 'not read back',
  },
  {
    record: {
      ...observed('b a'),
      observedAtMs: T - 2,
      unconfirmed: { ...written, accepted: false },
      failure: failure('network', false),
    },
    want: 'Retrying CloudError',
    reason: 'nobody knows whether it was written: why is said, not that it was written',
  },
  {
    record: {
      ...observed('a b'),
      observedAtMs: T - STALE_READ_MS * 9,
      unconfirmed: { ...written, sinceMs: T - STALE_READ_MS * 8 },
    },
    want: 'Verifying Progressing',
    reason: 'an observation from before a write is never in sync, however old both are',
  },
  { record: observed('b a'), claim: { suspend: true }, want: 'Held Suspended', reason: 'suspended' },
  {
    record: observed('b c'),
    claim: { mode: 'Observe' },
    want: 'Held ObserveOnly',
    message:
      'the groups differ: a is missing; c is not declared; spec.mode is Observe: drift is reported and nothing is written',
    reason: 'observe only',
  },
  {
    record: observed('a b'),
    claim: { suspend: true },
    want: 'InSync InSync',
    reason: 'suspended and in sync',
  },
  { record: observed('b a', 'EXPIRED'), want: 'Blocked Blocked', reason: 'the state forbids it' },
  {
    record: observed('b'),
    claim: { sgIds: list('a b c d e f') },
    want: 'Refused Refused',
    reason: 'too many groups',
  },
  {
    record: observed('b a'),
    problem: { journal: 'disk full' },
    want: 'Retrying JournalUnavailable',
    reason: 'nothing may be written',
  },
  {
    record: observed('a b'),
    problem: { journal: 'disk full' },
    want: 'InSync InSync',
    reason: 'nothing to write',
  },
  {
    record: observed('b a'),
    problem: { cloud: error('network') },
    want: 'Retrying CloudError',
    reason: 'an outage',
  },
  {
    record: { ...observed('b a'), failure: failure('blocked', true) },
    want: 'Blocked Blocked',
    reason: 'the cloud says that the state forbids it',
  },
  {
    record: { ...observed('b a'), failure: failure('denied', true) },
    problem: { cloud: error('network') },
    want: 'Failed Denied',
    reason: 'its own failure speaks before that of the scope',
  },
];

describe('the status of an instance', () => {
  it.each(ROWS)('$want: $reason', (row) => {
    const owner = binding('web', row.claim);
    const claim: Claim = { owner, contenders: [], holds: true };
    const record = row.record === undefined ? undefined : { ...newRecord(ID), ...row.record };
    const result = instanceStatus(ID, record, {
      binding: owner.key,
      claim,
      rules: DEFAULT_GUARD_RULES,
      nowMs: NOW_MS,
      wallMs: NOW_MS,
      trustMs: 180_000,
      problem: row.problem ?? {},
    });
    expect(`${result.state} ${result.reason}`, row.reason).toBe(row.want);
    if (row.message !== undefined) expect(result.message).toBe(row.message);
    expect(result.sgIds).toEqual(record?.observed?.sgIds);
  });

  it('is in sync wherever that is plain', () => {
    const plain = ROWS.filter((row) => {
      const claim: Claim = { owner: binding('web', row.claim), contenders: [], holds: true };
      const record = { ...newRecord(ID), wasInSync: true, ...row.record };
      return isPlainlyInSync(record, claim, row.problem ?? {});
    });
    expect(plain.length).toBeGreaterThanOrEqual(3);
    expect(plain.map((row) => row.want)).toEqual(plain.map(() => 'InSync InSync'));
  });

  it('gives the vendor code and text of every kind of failure', () => {
    const owner = binding('web');
    for (const kind of CLOUD_ERROR_KINDS) {
      const record = { ...newRecord(ID), ...observed('b a'), failure: failure(kind, false) };
      const context = {
        binding: owner.key,
        claim: { owner, contenders: [], holds: true },
        rules: DEFAULT_GUARD_RULES,
        nowMs: NOW_MS,
        wallMs: NOW_MS,
        trustMs: 180_000,
        problem: {},
      };
      const result = instanceStatus(ID, record, context);
      // A region that is not offered is never merely tried again, whatever call has found out.
      expect(result.state, kind).toBe(kind === 'region' ? 'Failed' : 'Retrying');
      expect(result.message, kind).toContain('7000: the words of the vendor');
    }
  });

  it('tells the contender of a contested instance who owns it, and shows it nothing else', () => {
    const claim: Claim = { owner: binding('web'), contenders: [binding('late')], holds: true };
    const result = instanceStatus(
      ID,
      { ...newRecord(ID), ...observed('a b') },
      {
        binding: bindingKey('shop', 'late'),
        claim,
        rules: DEFAULT_GUARD_RULES,
        nowMs: NOW_MS,
        wallMs: NOW_MS,
        trustMs: 180_000,
        problem: {},
      },
    );
    expect(result).toMatchObject({ state: 'Conflicted', reason: 'Conflicted' });
    expect(result.message).toContain('shop/web');
    expect(result.sgIds).toBeUndefined();
  });

  it('carries the last write', () => {
    const owner = binding('web');
    const record = { ...newRecord(ID), ...observed('a b'), lastWrite: { atMs: T, requestId: 'req-1' } };
    const context = {
      binding: owner.key,
      claim: { owner, contenders: [], holds: true },
      rules: DEFAULT_GUARD_RULES,
      nowMs: NOW_MS,
      wallMs: NOW_MS,
      trustMs: 180_000,
      problem: {},
    };
    expect(instanceStatus(ID, record, context)).toMatchObject({ requestId: 'req-1', lastWriteMs: T });
  });
});
