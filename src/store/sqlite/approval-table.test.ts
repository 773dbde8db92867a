import { expect, it } from 'vitest';
import { type ApprovalRow, ApprovalTable } from './approval-table.ts';
import { openInMemory } from './state-file.ts';

const approval = (over: Partial<ApprovalRow> = {}): ApprovalRow => ({
  digest: 'sha256:1',
  scope: 'default@ap-guangzhou',
  binding: '',
  approvedBy: 'alice',
  approvedMs: 1,
  changes: '[]',
  note: '',
  ...over,
});

it('keeps one approval of each plan, scope and binding, the newest, until the plan is dropped', () => {
  const table = new ApprovalTable(openInMemory().database);
  table.put(approval());
  table.put(approval({ binding: 'shop/web', approvedMs: 2 }));
  table.put(approval({ digest: 'sha256:2', approvedMs: 4 }));
  table.put(approval({ approvedBy: 'bob', approvedMs: 3, note: 'again' }));
  expect(table.all()).toEqual([
    approval({ binding: 'shop/web', approvedMs: 2 }),
    approval({ approvedBy: 'bob', approvedMs: 3, note: 'again' }),
    approval({ digest: 'sha256:2', approvedMs: 4 }),
  ]);
  table.drop('sha256:1');
  expect(table.all().map(({ digest }) => digest)).toEqual(['sha256:2']);
});
