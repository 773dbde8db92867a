import { expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import { DeclarationHistory } from '../store/sqlite/declaration-history.ts';
import { RevisionTable } from '../store/sqlite/revision-table.ts';
import { openInMemory } from '../store/sqlite/state-file.ts';
import { type RevisionRecord, readRevisionRecord, recordRevision } from './revision-record.ts';

const binding = (over: Partial<Binding> & { line?: number; revision?: string } = {}): Binding => {
  const { line = 1, revision = 'r1', ...rest } = over;
  return {
    key: 'shop/web' as BindingKey,
    namespace: 'shop',
    name: 'web',
    scope: { account: 'default', region: 'ap-guangzhou' },
    instanceIds: ['ins-1' as InstanceId],
    sgIds: ['sg-a' as SecurityGroupId],
    mode: 'Enforce',
    suspend: false,
    origin: { kind: 'directory', file: 'web.yaml', line, column: 1, revision },
    ...rest,
  };
};
const record: RevisionRecord = {
  source: '/bindings',
  files: 1,
  documents: 1,
  bindings: 1,
  skipped: 0,
  diagnostics: [],
  diagnosticCount: 0,
  retained: [],
  added: 0,
  changed: 0,
  removed: 0,
};

it.each([
  { next: binding(), changed: 0, reason: 'it says the same' },
  { next: binding({ line: 7, revision: 'r2' }), changed: 0, reason: 'it only stands elsewhere in its file' },
  { next: binding({ invalid: 'web.yaml:1:1: broken' }), changed: 0, reason: 'a newer one is not in force' },
  { next: binding({ sgIds: ['sg-b' as SecurityGroupId] }), changed: 1, reason: 'another list' },
  { next: binding({ suspend: true }), changed: 1, reason: 'another setting' },
])('counts $changed changed when $reason', ({ next, changed, reason }) => {
  const file = openInMemory();
  const first = recordRevision(file, { revision: 'r1', bindings: [binding()], record, nowMs: 1 });
  const second = recordRevision(file, { revision: 'r2', bindings: [next], record, nowMs: 2 });
  expect([first.added, second], reason).toEqual([1, { added: 0, changed, removed: 0 }]);
  const [row] = new RevisionTable(file.database).recent(1);
  expect(readRevisionRecord(row)).toMatchObject({ changed, source: '/bindings' });
  const [stored] = new DeclarationHistory(file.database).at(row?.id ?? 0);
  expect(JSON.parse(stored?.body ?? '')).not.toHaveProperty('invalid');
});

it('stores neither the revision nor its content when one of them fails', () => {
  const file = openInMemory();
  const failing = function* () {
    yield binding();
    throw new Error('in the middle');
  };
  expect(() => recordRevision(file, { revision: 'r1', bindings: failing(), record, nowMs: 1 })).toThrow();
  expect(new RevisionTable(file.database).latest()).toBeUndefined();
  expect(new DeclarationHistory(file.database).at(99)).toEqual([]);
});
