import { expect, it } from 'vitest';
import { CommitTable, KEPT_COMMITS } from './commit-table.ts';
import { openInMemory } from './state-file.ts';

it('knows what the commits that were read last read like, each folder by itself, and a bounded number', () => {
  const { database } = openInMemory();
  const commits = new CommitTable(database);
  commits.remember('c1', '', { digest: 'd1' });
  commits.remember('c1', 'prod', { digest: 'd2' });
  commits.remember('c1', '', { digest: 'd3', size: { files: 2, bindings: 3 } });
  const known = ['', 'prod', 'test'].map((folder) => commits.contentOf('c1', folder));
  expect(known).toEqual([{ digest: 'd3', size: { files: 2, bindings: 3 } }, { digest: 'd2' }, undefined]);
  for (let n = 0; n < KEPT_COMMITS; n++) commits.remember(`later ${n}`, '', { digest: 'd' });
  expect(commits.contentOf('c1', '')).toBeUndefined();
  expect(database.prepare('SELECT count(*) AS n FROM commits').get()?.n).toBe(KEPT_COMMITS);
});
