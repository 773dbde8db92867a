import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { openPrivateFolder } from './private-folder.ts';
import { leaveRequest, takeRequests } from './request-box.ts';
import { openForWriting } from './state-file.ts';
import { StatusTable } from './status-table.ts';

let home = '';
let folder = '';
const clock = new VirtualClock();
const open = () => openForWriting(folder, { owner: 'test', clock });
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const modes = () => Object.fromEntries(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))]));

/** What is made is open to everybody, as far as the program itself does not see to it. */
let umask = 0;
beforeEach(() => {
  umask = process.umask(0);
  home = mkdtempSync(join(tmpdir(), 'cvmsg-private-'));
  folder = join(home, 'state');
});
afterEach(() => {
  process.umask(umask);
  rmSync(home, { recursive: true, force: true });
});

describe('the state', () => {
  it('has files of its owner alone, in a folder that somebody else made for everybody', () => {
    mkdirSync(folder, { mode: 0o777 });
    using state = open();
    new StatusTable(state.database).put([{ binding: 'a/b', inSync: 1, instances: 1, body: '{}' }], 5);
    leaveRequest(folder, { binding: 'shop/web', requestedAt: '2026-01-01T00:00:00Z' });
    expect(modeOf(folder)).toBe('700');
    expect(modes()).toEqual({
      'state.db': '600',
      'state.db-shm': '600',
      'state.db-wal': '600',
      'writer.lock.db': '600',
      'writer.lock.db-journal': '600',
      'writer.txt': '600',
      requests: '700',
    });
    const [request = ''] = readdirSync(join(folder, 'requests'));
    expect(modeOf(join(folder, 'requests', request))).toBe('600');
  });

  it('takes back what an earlier program, or anybody, opened', () => {
    open().close();
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o666);
    chmodSync(folder, 0o755);
    using _ = open();
    expect(new Set(Object.values(modes()))).toEqual(new Set(['600']));
    expect(modeOf(folder)).toBe('700');
  });

  it('does not close a folder to others that holds their things too, and says what to do', () => {
    mkdirSync(join(folder, 'photos'), { recursive: true });
    expect(open).toThrow(/is open to others \(mode 0777\) and holds "photos".*--state-dir .*state\/cvmsg/);
    expect(modeOf(folder)).toBe('777');
  });

  it.skipIf(process.getuid?.() !== 0)('is not kept in a folder of another user, who could replace it', () => {
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, 12_345, 12_345);
    expect(open).toThrow(/belongs to user 12345 \(mode 0700\).*chown 0/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    { mode: 0o770, taken: true, reason: 'a volume of a pod' },
    { mode: 0o1777, taken: false, reason: 'a folder of the machine for everybody' },
  ])('is kept in a folder of the machine, unless everybody may write it: $reason', ({ mode, taken }) => {
    if (process.getuid?.() === 0) {
      mkdirSync(folder);
      chmodSync(folder, mode);
      const inPod = () => openPrivateFolder(folder, { uid: 65_532 });
      if (taken) expect(inPod()).toBe(folder);
      else expect(inPod).toThrow(/belongs to user 0/);
    } else {
      expect(() => openPrivateFolder('/')).toThrow(/--state-dir/);
    }
  });

  it.each(['state.db', 'state.db-wal', 'writer.lock.db', 'writer.txt', 'requests'])(
    'is never kept through a link at %s',
    (name) => {
      const target = join(home, 'elsewhere');
      mkdirSync(folder);
      symlinkSync(target, join(folder, name));
      expect(open).toThrow(/is a symbolic link; the state is never kept through one/);
      expect(readdirSync(home)).toEqual(['state']);
    },
  );

  it('takes no requests, and leaves none, through a link', () => {
    const elsewhere = join(home, 'elsewhere');
    mkdirSync(folder);
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'theirs.json'), '{"binding": "a/b", "requestedAt": "now"}');
    symlinkSync(elsewhere, join(folder, 'requests'));
    expect(takeRequests(folder)).toEqual([]);
    expect(() => leaveRequest(folder, { binding: 'a/b', requestedAt: 'now' })).toThrow(/symbolic link/);
    expect(readdirSync(elsewhere)).toEqual(['theirs.json']);
  });
});
