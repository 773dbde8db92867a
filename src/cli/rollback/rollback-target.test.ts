import { expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { JournalTable } from '../../store/sqlite/journal-table.ts';
import { openInMemory } from '../../store/sqlite/state-file.ts';
import { rollbackTarget } from './rollback-target.ts';

it('goes back only as far as every later entry is kept', () => {
  const file = openInMemory();
  const journal = new JournalTable(file.database, { clock: new VirtualClock(), actor: 'me' });
  const row = {
    instanceId: 'ins-1',
    account: 'default',
    region: 'ap-guangzhou',
    binding: 'shop/web',
    origin: '{}',
    cause: 'drift',
    api: 'v2',
    before: ['sg-a'],
    after: ['sg-b'],
    attempt: 1,
  };
  journal.append([row, row, row]);
  expect(rollbackTarget(file, '0')).toMatchObject({ kind: 'journal', lists: [{ sgIds: ['sg-a'] }] });
  file.database.exec('DELETE FROM journal WHERE id = 2');
  expect(() => rollbackTarget(file, '1')).toThrow('entries after 1 are not kept any more');
  expect(rollbackTarget(file, '2')).toMatchObject({ kind: 'journal', id: 2 });
  expect(() => rollbackTarget(file, '4')).toThrow('no entry 4, its newest is 3');
});
