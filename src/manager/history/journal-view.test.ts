import { expect, it } from 'vitest';
import type { Permit } from '../../api/permit.ts';
import type { JournalRow } from '../../store/sqlite/journal-table.ts';
import { journalData } from './journal-view.ts';

it('tells in JSON who gave an approval, and who said so, by the names that programs read', () => {
  const approval = { digest: `sha256:${'1a'.repeat(32)}`, by: 'alice', at: '2026-03-01T18:00:00Z' };
  const row = (approvedBy: NonNullable<Permit['approvedBy']>) =>
    ({ intendedMs: 0, origin: '{}', authority: 'in words', permit: { approvedBy } }) as JournalRow;
  expect(journalData(row({ ...approval, saidBy: 'server' }))).toMatchObject({
    authority: 'in words',
    approval: { ...approval, toldBy: 'server' },
  });
  expect(journalData(row(approval))).toHaveProperty('approval', approval);
});
