import { expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../../api/ids.ts';
import type { WriteIntent } from '../../ports/journal.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { LocalState } from '../../store/local-state.ts';
import { openInMemory } from '../../store/sqlite/state-file.ts';
import { observedJournal } from '../create-controller.ts';
import { JournalLogger } from './journal-logger.ts';

const A = ['sg-aaaaaaaa'] as SecurityGroupId[];
const B = ['sg-bbbbbbbb'] as SecurityGroupId[];
const ins = (n: number) => `ins-${String(n).padStart(8, '0')}` as InstanceId;
const intent = (n: number, over: Partial<WriteIntent> = {}): WriteIntent => ({
  instanceId: ins(n),
  scope: { account: 'default', region: 'ap-guangzhou' },
  binding: bindingKey('shop', 'web'),
  origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
  cause: 'drift',
  api: 'v3',
  before: B,
  after: A,
  attempt: 1,
  ...over,
});

function setUp() {
  const lines: { level: string; fields: object; message: string }[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const state = new LocalState(openInMemory(), { clock: new VirtualClock(), actor: 'me' });
  const logged = () => observedJournal(state, { recorders: [], listeners: [new JournalLogger(log)], log });
  return { journal: logged(), later: logged(), lines, state, log };
}

it('names every instance of a change and of the call that made it', () => {
  const { journal, lines } = setUp();
  const ids = journal.intend([1, 2, 3, 4, 5].map((n) => intent(n)));
  journal.conclude(ids, { outcome: 'accepted', requestId: 'r-1', code: '', message: '' });
  const instanceIds = [1, 2, 3, 4, 5].map(ins);
  const named = `(${ins(1)}, ${ins(2)}, ${ins(3)} and 2 more)`;
  expect(lines, 'drift is a warning').toMatchObject([
    { level: 'warn', fields: { instanceIds, before: B, after: A }, message: expect.stringContaining(named) },
    {
      level: 'info',
      fields: { instanceIds, journal: '1-5', requestId: 'r-1' },
      message: `write of 5 instances accepted ${named}`,
    },
  ]);
});

it('tells in one line what one read has shown of many instances, and apart what it has shown of others', async () => {
  const { journal, lines } = setUp();
  const ids = journal.intend([1, 2, 3, 4].map((n) => intent(n)));
  lines.length = 0;
  for (const [index, id] of ids.entries()) journal.verified(id, index === 1 ? B : A);
  expect(lines, 'nothing before the turn ends').toEqual([]);
  await Promise.resolve();
  expect(lines).toEqual([
    {
      level: 'info',
      fields: { binding: 'shop/web', instanceIds: [ins(1), ins(3), ins(4)], journal: '1,3-4' },
      message: `3 instances (${ins(1)}, ${ins(3)}, ${ins(4)}) repaired: read back as [${A}]`,
    },
    {
      level: 'warn',
      fields: { binding: 'shop/web', instanceIds: [ins(2)], journal: '2' },
      message: `${ins(2)} read back as [${B}], written was [${A}]`,
    },
  ]);
});

it('tells in one line how many writes of an earlier process were settled', async () => {
  const { journal, later, lines } = setUp();
  const ids = journal.intend([1, 2, 3].map((n) => intent(n)));
  lines.length = 0;
  for (const id of ids) later.verified(id, A);
  await Promise.resolve();
  expect(lines).toEqual([
    {
      level: 'info',
      fields: { journal: '1-3', observed: A },
      message: `3 writes of an earlier run settled by reading back [${A}]`,
    },
  ]);
});

it('records a write and tells everybody else of it although somebody who is told fails', () => {
  const { state, log, lines } = setUp();
  const fail = () => {
    throw new Error('full');
  };
  const failing = { intended: fail, concluded: fail, readBack: fail };
  const journal = observedJournal(state, {
    recorders: [],
    listeners: [failing, new JournalLogger(log)],
    log,
  });
  const [id = 0] = journal.intend([intent(1)]);
  journal.conclude([id], { outcome: 'accepted', requestId: 'r-1', code: '', message: '' });
  journal.verified(id, A);
  expect([...state.recent(0)]).toMatchObject([{ instanceId: ins(1), outcome: 'accepted' }]);
  expect(state.open(0)).toEqual([]);
  expect(lines.filter(({ fields }) => 'error' in fields)).toHaveLength(3);
  expect(lines.map(({ message }) => message)).toContain(`write of 1 instance accepted (${ins(1)})`);
});
