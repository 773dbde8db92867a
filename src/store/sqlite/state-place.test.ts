import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { JournalTable } from './journal-table.ts';
import { openForWriting, STATE_FILE_NAME } from './state-file.ts';

const ROW = {
  ...{ instanceId: 'ins-00000000', account: 'default', region: 'r', binding: 'shop/web', origin: '{}' },
  ...{ cause: 'drift', api: 'v2', before: ['sg-a'], after: ['sg-b'], attempt: 1 },
};

it.each([
  { spoil: (path: string) => rmSync(path), said: 'was removed', reason: 'removed' },
  {
    spoil: (path: string) => {
      renameSync(path, `${path}.old`);
      writeFileSync(path, '');
    },
    said: 'was replaced',
    reason: 'replaced by another file',
  },
])('no intent is taken once the state file was $reason under its writer', ({ spoil, said }) => {
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-place-'));
  const clock = new VirtualClock(0);
  const file = openForWriting(folder, { owner: 'test', clock });
  try {
    const journal = new JournalTable(file.database, { clock, actor: 'test' });
    expect(journal.append([ROW])).toHaveLength(1);
    spoil(join(folder, STATE_FILE_NAME));
    expect(() => journal.append([ROW])).toThrow(said);
  } finally {
    file.close();
    rmSync(folder, { recursive: true });
  }
});
