import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { allAtOnce } from '../../api/steps.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { DeclarationHistory } from './declaration-history.ts';
import { HistoryBounds, type HistoryLimits } from './history-bounds.ts';
import { InventoryTable } from './inventory-table.ts';
import { JournalTable } from './journal-table.ts';
import { PendingRestoreTable } from './pending-restore-table.ts';
import { RevisionTable } from './revision-table.ts';
import { openInMemory } from './state-file.ts';
import { TrafficTable } from './traffic-table.ts';

const DAY_MS = 86_400_000;
const ROOMY: HistoryLimits = { keepMs: 90 * DAY_MS, keepBytes: 256 * 2 ** 20 };
const accepted = { outcome: 'accepted', requestId: 'r', code: '', message: '' };

function makeState() {
  const clock = new VirtualClock(0);
  const { database } = openInMemory(new DatabaseSync(':memory:'));
  const journal = new JournalTable(database, { clock, actor: 'me' });
  const revisions = new RevisionTable(database);
  const history = new DeclarationHistory(database);
  const write = (instanceId: string): number => {
    const [id = 0] = journal.append([
      {
        instanceId,
        account: 'default',
        region: 'ap-guangzhou',
        binding: 'shop/web',
        origin: '{}',
        cause: 'drift',
        api: 'v2',
        before: ['sg-a'],
        after: ['sg-b'],
        attempt: 1,
      },
    ]);
    return id;
  };
  return {
    clock,
    database,
    journal,
    revisions,
    history,
    write,
    written(instanceId: string): void {
      const id = write(instanceId);
      journal.conclude([id], accepted);
      journal.verify(id, ['sg-b']);
    },
    revision(content: Readonly<Record<string, string>>): number {
      const declared = Object.entries(content).map(([binding, digest]) => ({
        binding,
        digest,
        size: 1,
        body: () => digest,
      }));
      allAtOnce(history.stage(revisions.nextId(), declared));
      return revisions.append('r', '{}', clock.now());
    },
    content: (id: number) =>
      Object.fromEntries(history.at(id).map(({ binding, digest }) => [binding, digest])),
    async prune(limits: Partial<HistoryLimits>) {
      const bounds = new HistoryBounds(database, { clock, limits: { ...ROOMY, ...limits } });
      let ended = false;
      const pruned = bounds.prune(clock.wall(), new AbortController().signal).finally(() => {
        ended = true;
      });
      while (!ended) await clock.advance(20);
      return pruned;
    },
  };
}

describe('HistoryBounds', () => {
  it('removes what is older than it has to be kept, and nothing else', async () => {
    const state = makeState();
    state.written('ins-old');
    await state.clock.advance(10 * DAY_MS);
    state.written('ins-new');
    await state.clock.advance(DAY_MS);
    expect(await state.prune({ keepMs: 5 * DAY_MS })).toEqual({ journal: 1, revisions: 0, declarations: 0 });
    expect(state.journal.query({}).map(({ instanceId }) => instanceId)).toEqual(['ins-new']);
  });

  it('removes the oldest first until the state is small enough', async () => {
    const state = makeState();
    for (let n = 0; n < 8_000; n++) {
      if (n % 1_000 === 0) await state.clock.advance(1_000);
      state.written(`ins-${n}`);
    }
    const used = () =>
      Number(state.database.prepare('PRAGMA page_count').get()?.page_count) -
      Number(state.database.prepare('PRAGMA freelist_count').get()?.freelist_count);
    const keepBytes = Math.floor((used() * 4_096) / 2);
    await state.prune({ keepBytes });
    expect(used() * 4_096).toBeLessThanOrEqual(keepBytes);
    const left = state.journal.query({}).map(({ id }) => id);
    expect(left.length).toBeGreaterThan(1_000);
    expect(left).toEqual(Array.from({ length: left.length }, (_, n) => 8_000 - n));
    expect(await state.prune({ keepBytes })).toEqual({ journal: 0, revisions: 0, declarations: 0 });
  });

  it('never removes a write whose end is not known', async () => {
    const state = makeState();
    const unsent = state.write('ins-1');
    await state.clock.advance(100 * DAY_MS);
    const unread = state.write('ins-2');
    state.journal.conclude([unread], accepted);
    const before = state.journal.open(state.clock.now() - DAY_MS).map(({ id }) => id);
    await state.prune({ keepMs: 1, keepBytes: 1 });
    expect(state.journal.open(state.clock.now() - DAY_MS).map(({ id }) => id)).toEqual(before);
    expect(before).toEqual([unsent, unread]);
  });

  it('keeps the newest revision, and of the kept ones all that they declared', async () => {
    const state = makeState();
    state.revision({ a: '1', b: '1', gone: '1' });
    state.revision({ a: '2', b: '1' });
    await state.clock.advance(10 * DAY_MS);
    const kept = state.revision({ a: '3', b: '1' });
    const newest = state.revision({ a: '4', b: '1' });
    await state.clock.advance(DAY_MS);
    await state.prune({ keepMs: 5 * DAY_MS });
    expect(state.revisions.recent(9).map(({ id }) => id)).toEqual([newest, kept]);
    expect([state.content(kept), state.content(newest)]).toEqual([
      { a: '3', b: '1' },
      { a: '4', b: '1' },
    ]);
    await state.prune({ keepMs: 1, keepBytes: 1 });
    expect(state.revisions.recent(9).map(({ id }) => id)).toEqual([newest]);
    expect(state.content(newest)).toEqual({ a: '4', b: '1' });
    const rows = state.database.prepare('SELECT count(*) AS n FROM declaration_history').get();
    expect(rows?.n).toBe(2);
  });

  it('touches neither owners nor original lists nor pending restores', async () => {
    const state = makeState();
    const inventory = new InventoryTable(state.database);
    const pendingRestores = new PendingRestoreTable(state.database);
    inventory.own([['ins-1', 'shop/web']]);
    inventory.keepOriginal([['ins-1', ['sg-a']]]);
    pendingRestores.change([['ins-1', { instanceId: 'ins-1', binding: 'shop/web', body: '{}' }]]);
    state.written('ins-1');
    await state.clock.advance(100 * DAY_MS);
    expect((await state.prune({ keepMs: 1, keepBytes: 1 })).journal).toBe(1);
    expect([inventory.owners().size, inventory.original('ins-1'), pendingRestores.all().length]).toEqual([
      1,
      ['sg-a'],
      1,
    ]);
  });

  it('removes what changed traffic without a write by its age too', async () => {
    const state = makeState();
    const table = new TrafficTable(state.database);
    const row = (foundMs: number) => ({
      ...({ foundMs, cause: 'rules', account: 'default', region: 'ap-guangzhou' } as const),
      ...{ binding: 'shop/web', origin: '{}', instanceIds: ['ins-1'], before: [], after: [], body: '{}' },
    });
    for (const days of [0, 5, 95]) table.append(row(days * DAY_MS));
    await state.clock.advance(100 * DAY_MS);
    expect(await state.prune({})).toMatchObject({ journal: 2 });
    expect(table.query({}).map(({ foundMs }) => foundMs / DAY_MS)).toEqual([95]);
  });
});
