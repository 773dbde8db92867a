import { expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { LocalState } from '../../store/local-state.ts';
import { JournalTable } from '../../store/sqlite/journal-table.ts';
import { openInMemory } from '../../store/sqlite/state-file.ts';
import { TrafficTable } from '../../store/sqlite/traffic-table.ts';
import { PageHistory } from './page-data.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-03-14T12:00:00Z');

function historyOf() {
  const clock = new VirtualClock(NOW_MS - 2 * DAY_MS);
  const file = openInMemory();
  const journal = new JournalTable(file.database, { clock, actor: 'test' });
  const write = (index: number) =>
    journal.append([
      {
        ...{
          instanceId: `ins-${String(index).padStart(8, '0')}`,
          account: 'default',
          region: 'ap-guangzhou',
        },
        ...{ binding: 'shop/web', origin: '{}', cause: 'drift', api: 'v3', attempt: 1 },
        ...{ before: ['sg-a'], after: ['sg-b'] },
      },
    ]);
  const memory = new LocalState(file, { clock, actor: 'test' });
  const state = { memory, file, traffic: [], sinks: [], [Symbol.dispose]: () => file.close() };
  return { clock, write, file, history: new PageHistory({ state, clock, objects: () => [] }) };
}

it('tells every write and every change of traffic on one page exactly', async () => {
  const { clock, write, file, history } = historyOf();
  const traffic = new TrafficTable(file.database);
  for (let index = 0; index < 250; index++) {
    await clock.advance(1_000);
    write(index);
    if (index % 50 !== 0) continue;
    const body = JSON.stringify({ sentences: [`opened tcp/${index}`], changes: [], omitted: 0 });
    traffic.append({
      ...{ foundMs: clock.wall(), cause: 'drift', account: 'default', region: 'ap-guangzhou' },
      ...{ binding: 'shop/web', origin: '{}', instanceIds: ['ins-00000000'], before: [], after: [], body },
    });
  }
  const pages = [1, 2, 3, 4].map((page) => history.page({ page }));
  expect(pages.map(({ more }) => more)).toEqual([true, true, false, false]);
  const lines = pages.flatMap((page) => page.lines);
  expect(lines.flatMap(({ ids }) => ids)).toEqual(Array.from({ length: 250 }, (_, index) => 250 - index));
  expect(lines.flatMap(({ ids, traffic: said }) => (ids.length === 0 ? [said] : []))).toEqual(
    [200, 150, 100, 50, 0].map((index) => `opened tcp/${index}`),
  );
});

it('counts repairs of drift by day, days without one too', async () => {
  const { clock, write, history } = historyOf();
  write(0);
  write(1);
  await clock.advance(2 * DAY_MS);
  write(2);
  const drift = history.drift();
  expect(drift).toHaveLength(14);
  expect(drift.slice(-3)).toEqual([
    { day: '2026-03-12', instances: 2 },
    { day: '2026-03-13', instances: 0 },
    { day: '2026-03-14', instances: 1 },
  ]);
});
