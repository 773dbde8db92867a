import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import { observedJournal } from '../../manager/create-controller.ts';
import type { WriteIntent, WriteOutcome } from '../../ports/journal.ts';
import { silentLog } from '../../runtime/log.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { LocalState } from '../../store/local-state.ts';
import { openInMemory } from '../../store/sqlite/state-file.ts';
import { historyStatus, WriteHistory } from './write-history.ts';

const list = (...letters: string[]) => letters.map((letter) => `sg-${letter}` as SecurityGroupId);

const WEB = 'shop/web' as BindingKey;
const DB = 'shop/db' as BindingKey;

const APPROVED = { approvedBy: { digest: 'sha256:1', by: 'alice', at: '2026-01-01T00:00:00Z' } };

const intent = (n: number, over: Partial<WriteIntent> = {}): WriteIntent => ({
  instanceId: `ins-${n}` as InstanceId,
  scope: { account: 'default', region: 'ap-guangzhou' },
  binding: WEB,
  origin: { kind: 'kubernetes', uid: 'u1', generation: 3 },
  cause: 'drift',
  api: 'v2',
  before: list('a'),
  after: list('b'),
  attempt: 1,
  ...over,
});

const drifted = {
  binding: WEB,
  origin: { kind: 'kubernetes', uid: 'u1', generation: 3 },
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: ['ins-1' as InstanceId],
  changes: [
    {
      direction: 'ingress',
      family: 'ipv4',
      effect: 'closes',
      dependsOn: [],
      services: ['tcp/22'],
      addresses: ['0.0.0.0/0'],
      instances: 1,
    },
  ],
} as const;

function makeHistory() {
  const clock = new VirtualClock(0);
  const state = new LocalState(openInMemory(), { clock, actor: 'me' });
  const history = new WriteHistory({ clock, isDeclared: (_, uid) => uid !== 'gone' });
  const journal = observedJournal(state, { recorders: [], listeners: [history], log: silentLog });
  return {
    clock,
    state,
    history,
    journal,
    write(intents: readonly WriteIntent[], outcome: WriteOutcome = 'accepted', requestId = 'r'): void {
      journal.conclude(journal.intend(intents), { outcome, requestId, code: '', message: '' });
    },
    status: (earlier: Parameters<typeof historyStatus>[1] = []) =>
      historyStatus(history.of(WEB, 'u1'), earlier),
  };
}

describe('WriteHistory', () => {
  it('tells what was written, newest first, and lets everything through to the journal', async () => {
    const { clock, state, write, status } = makeHistory();
    write([intent(1)], 'accepted', 'r1');
    await clock.advance(2_000);
    write([intent(1, { cause: 'declared', before: list('b'), after: list('c'), permit: APPROVED })]);
    expect(status()).toEqual([
      {
        time: '1970-01-01T00:00:02Z',
        cause: 'declared',
        outcome: 'accepted',
        generation: 3,
        authority: `approved ${APPROVED.approvedBy.digest} by alice at 2026-01-01T00:00:00Z`,
        approvedBy: APPROVED.approvedBy,
        instanceCount: 1,
        instanceIds: ['ins-1'],
        before: list('b'),
        after: list('c'),
        requestId: 'r',
      },
      expect.objectContaining({ time: '1970-01-01T00:00:00Z', cause: 'drift', requestId: 'r1' }),
    ]);
    expect(state.recent(0).map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  });

  it('makes one entry of the batches of one change, and names the first ten instances', async () => {
    const { clock, write, status } = makeHistory();
    for (let batch = 0; batch < 4; batch++) {
      write([0, 1, 2, 3, 4].map((n) => intent(batch * 5 + n)));
      await clock.advance(1_000);
    }
    const [entry, ...others] = status() as unknown as { instanceCount: number; instanceIds: string[] }[];
    expect([entry?.instanceCount, entry?.instanceIds.length, others]).toEqual([20, 10, []]);
    await clock.advance(60_000);
    write([intent(1)]);
    expect(status(), 'a later one is another').toHaveLength(2);
  });

  it.each([
    { over: { cause: 'declared' as const }, reason: 'another cause' },
    { over: { before: list('b', 'a') }, reason: 'another list before' },
    { over: { after: list('c') }, reason: 'another list after' },
    { over: { permit: APPROVED }, reason: 'somebody approved it' },
    {
      over: { origin: { kind: 'kubernetes' as const, uid: 'u1', generation: 4 } },
      reason: 'another generation',
    },
  ])('keeps apart writes of one batch with $reason', ({ over }) => {
    const { write, status } = makeHistory();
    write([intent(1), intent(2, over)]);
    expect(status()).toHaveLength(2);
  });

  it('keeps attempts that fail again and again in one entry', async () => {
    const { clock, write, status } = makeHistory();
    for (let attempt = 0; attempt < 20; attempt++) {
      write([intent(1)], 'rejected', `r${attempt}`);
      await clock.advance(300_000);
    }
    write([intent(1)]);
    expect(status()).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'rejected', instanceCount: 1, requestId: 'r19', time: '1970-01-01T00:00:00Z' },
    ]);
  });

  it('never holds more than ten entries', async () => {
    const { clock, write, status } = makeHistory();
    for (let n = 0; n < 30; n++) {
      await clock.advance(1_000);
      write([intent(1, { after: list(`x${n}`) })]);
    }
    expect(status()).toHaveLength(10);
    expect(status()[0]).toMatchObject({ after: list('x29') });
  });

  it('says nothing of directories, of other objects, and of objects that are gone', () => {
    const { history, write, status } = makeHistory();
    write([
      intent(1, { origin: { kind: 'directory', file: 'x', line: 1, column: 1, revision: 'r' } }),
      intent(2, { binding: DB, origin: { kind: 'kubernetes', uid: 'u2', generation: 1 } }),
      intent(3, { origin: { kind: 'kubernetes', uid: 'gone', generation: 1 } }),
    ]);
    expect([status(), history.of(WEB, 'gone'), history.of(DB, 'u1')]).toEqual([[], [], []]);
    expect(history.of(DB, 'u2')).toHaveLength(1);
    history.forget(DB);
    expect(history.of(DB, 'u2')).toEqual([]);
  });

  it('begins anew with an object of the same name', () => {
    const { history, write, status } = makeHistory();
    write([intent(1)]);
    write([intent(1, { origin: { kind: 'kubernetes', uid: 'u2', generation: 1 } })]);
    expect(status()).toEqual([]);
    expect(history.of(WEB, 'u2')).toHaveLength(1);
  });

  it('tells of a write whose end the journal could not record', () => {
    const { journal, state, status } = makeHistory();
    const ids = journal.intend([intent(1)]);
    state.conclude = () => {
      throw new Error('disk full');
    };
    const end = { outcome: 'accepted', requestId: 'r', code: '', message: '' } as const;
    expect(() => journal.conclude(ids, end)).toThrow('disk full');
    expect(status()).toHaveLength(1);
  });
});

describe('historyStatus', () => {
  const entry = (second: number, over: object = {}) => ({
    time: `1970-01-01T00:00:0${second}Z`,
    cause: 'drift',
    after: list('b'),
    ...over,
  });

  it('gives back what the object tells while this process has written nothing', () => {
    const earlier = [entry(5), entry(4, { cause: 'declared' })];
    expect(makeHistory().status(earlier)).toEqual(earlier);
  });

  it('puts what another replica wrote in between where it belongs, and tells nothing twice', async () => {
    const { clock, write, status } = makeHistory();
    await clock.advance(2_000);
    write([intent(1)]);
    await clock.advance(4_000);
    write([intent(1, { after: list('c') })]);
    const other = entry(4, { before: list('x') });
    const earlier = [other, ...status(), entry(1)];
    expect(status(earlier).map(({ time }) => time.slice(18, 19))).toEqual(['6', '4', '2', '1']);
    const grown = status(earlier);
    write([intent(2, { after: list('c') })]);
    expect(status(grown)).toHaveLength(4);
    expect(status(grown)[0]).toMatchObject({ instanceCount: 2 });
  });

  it('tells what a write closed, and since when that was open, whichever is known first', async () => {
    const { clock, history, journal, status } = makeHistory();
    const traffic = { ...drifted, journalIds: [1], before: list('a'), after: list('b'), sinceMs: 30_000 };
    const first = journal.intend([intent(1)]);
    history.written(traffic);
    journal.conclude(first, { outcome: 'accepted', requestId: 'r', code: '', message: '' });
    const told = { traffic: ['closes tcp/22 from 0.0.0.0/0'], since: '1970-01-01T00:00:30Z' };
    expect(status()).toEqual([expect.objectContaining(told)]);
    await clock.advance(120_000);
    const second = journal.intend([intent(2)]);
    journal.conclude(second, { outcome: 'accepted', requestId: 'r', code: '', message: '' });
    expect(status()).toEqual([expect.objectContaining(told), expect.objectContaining(told)]);
    const other = journal.intend([intent(3, { before: list('c') })]);
    journal.conclude(other, { outcome: 'accepted', requestId: 'r', code: '', message: '' });
    expect(status()[0]).not.toHaveProperty('traffic');
    history.written({ ...traffic, before: list('c'), journalIds: other });
    expect(status()[0]).toMatchObject(told);
  });

  it('tells of changed rules, as what is no write', () => {
    const { history, status } = makeHistory();
    history.rulesChanged({ ...drifted, list: list('b'), changedGroups: list('b'), foundMs: 5_000 });
    history.rulesChanged({
      ...drifted,
      origin: { kind: 'kubernetes', uid: 'gone', generation: 3 },
      list: list('b'),
      changedGroups: list('b'),
      foundMs: 6_000,
    });
    expect(status()).toEqual([
      {
        time: '1970-01-01T00:00:05Z',
        cause: 'rules',
        generation: 3,
        instanceCount: 1,
        instanceIds: ['ins-1'],
        after: list('b'),
        traffic: ['closed tcp/22 from 0.0.0.0/0'],
      },
    ]);
  });
});
