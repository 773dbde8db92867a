import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readerUntilWriterWaits } from '../../../test/reader-until-writer-waits.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { StateError } from './state-error.ts';
import { acquireWriterLock } from './writer-lock.ts';

let directory = '';
const clock = new VirtualClock(Date.UTC(2026, 0, 1));
const acquire = (owner: string) => acquireWriterLock(directory, { owner, clock });
const refusal = (owner: string): StateError => {
  try {
    acquire(owner).release();
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
  throw new Error('the lock was given');
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cvmsg-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Takes the lock in a process of its own, and forgets that it has it. */
const HOLDER = `
import { systemClock } from '${new URL('../../runtime/clock.ts', import.meta.url).href}';
import { acquireWriterLock } from '${new URL('./writer-lock.ts', import.meta.url).href}';
acquireWriterLock(process.argv[1], { owner: 'the holder, process ' + process.pid, clock: systemClock });
await new Promise((resolve) => setImmediate(resolve));
gc();
process.stdout.write('held');
process.stdin.resume();
`;

describe('acquireWriterLock', () => {
  it('refuses a second writer and names the first and since when', () => {
    const lock = acquire('cvmsg run, process 7');
    const error = refusal('second');
    expect(error.code).toBe('held');
    expect(error.message).toContain('cvmsg run, process 7 since 2026-01-01T00:00:00.000Z');
    expect(error.message).toContain('--state-dir');
    lock.release();
    lock.release();
    acquire('third').release();
  });

  it('waits for a command that only asks who writes', async () => {
    acquire('first').release();
    await using _asking = await readerUntilWriterWaits(join(directory, 'writer.lock.db'));
    acquire('second').release();
  });

  it('is let go when its holder is killed, and not before', async () => {
    const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', HOLDER, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(holder.stdout, 'data');
      expect(refusal('second').message).toContain(`the holder, process ${holder.pid}`);
    } finally {
      const exit = once(holder, 'exit');
      holder.kill('SIGKILL');
      await exit;
    }
    acquire('second').release();
  });

  it('lets go again when it cannot say who holds it', () => {
    mkdirSync(join(directory, 'writer.txt'));
    expect(refusal('first').code).toBe('unusable');
    rmSync(join(directory, 'writer.txt'), { recursive: true });
    acquire('second').release();
  });

  it('says that a folder that is not there cannot be locked', () => {
    rmSync(directory, { recursive: true });
    expect(refusal('first').code).toBe('unusable');
  });
});
