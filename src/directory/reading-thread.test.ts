import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { diskTree } from './file-tree.ts';
import { noCommits } from './git-commit.ts';
import { ReadingThread } from './reading-thread.ts';
import { RevisionPoller } from './revision-poller.ts';

const NOT_PLAIN =
  'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\nmetadata: { name: "\\x61" }\n';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cvmsg-thread-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Looks at a directory with a thread that runs this text; without it there is no file to run. */
async function look(entry?: string) {
  writeFileSync(join(folder, 'a.yaml'), NOT_PLAIN);
  const path = join(folder, 'entry.mjs');
  if (entry !== undefined) writeFileSync(path, entry);
  const openReader = () => new ReadingThread(systemClock, pathToFileURL(path));
  const poller = new RevisionPoller({
    root: folder,
    tree: diskTree,
    clock: systemClock,
    commits: noCommits,
    openReader,
  });
  return await poller.look(new AbortController().signal);
}

describe('the thread that reads files', () => {
  it.each([
    ['has no file to run', undefined],
    ['cannot load what it runs', "import './nowhere.mjs';\n"],
    ['fails before it takes a file', "throw new Error('out of something');\n"],
  ])('is a problem of the source and no fault of a file when it %s', async (_, entry) => {
    const reading = await look(entry);
    expect(reading).toMatchObject({ kind: 'problem', problem: { code: 'unreadable' } });
    const message = reading.kind === 'problem' ? reading.problem.message : '';
    expect(message).toMatch(/the thread that reads files does not start: .+; nothing is changed for it/);
    expect(message).not.toContain('split');
  });

  it('ends without a word: that is told at once', async () => {
    const reading = await look('process.exit(0);\n');
    const message = reading.kind === 'problem' ? reading.problem.message : '';
    expect(message).toContain('the thread that reads files does not start: it ended without a word');
  });

  it('is ended by a file: that file cannot be read, and the others can', async () => {
    const entry = `
      import { parentPort } from 'node:worker_threads';
      parentPort.on('message', () => { throw new Error('too much of it'); });
      parentPort.postMessage('ready');
    `;
    const reading = await look(entry);
    const parsedFiles = reading.kind === 'revision' ? reading.snapshot.parsedFiles : [];
    expect(parsedFiles[0]).toMatchObject({ file: 'a.yaml', incomplete: true });
    expect(parsedFiles[0]?.diagnostics[0]?.message).toBe('the file cannot be read: too much of it');
  });

  it('is ended by a file while the program was busy: the order of what it said last changes nothing', async () => {
    const ended = join(folder, 'ended');
    const entry = join(folder, 'entry.mjs');
    writeFileSync(
      entry,
      `import { writeFileSync } from 'node:fs';
       import { parentPort } from 'node:worker_threads';
       process.on('exit', () => writeFileSync(${JSON.stringify(ended)}, ''));
       parentPort.on('message', () => { throw new Error('too much of it'); });
       parentPort.postMessage('ready');`,
    );
    const thread = new ReadingThread(systemClock, pathToFileURL(entry));
    const { signal } = new AbortController();
    const reading = thread.read('a.yaml', Buffer.from(NOT_PLAIN), { signal });
    for (let looks = 0; looks < 1e6 && !existsSync(ended); looks++); // No message of the thread is taken meanwhile.
    expect(await reading).toMatchObject({ file: 'a.yaml', incomplete: true });
  });
});
