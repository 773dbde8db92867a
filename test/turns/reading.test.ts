import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SharedValues } from '../../src/core/shared-values.ts';
import { readInSteps } from '../../src/directory/declarations.ts';
import { diskTree } from '../../src/directory/file-tree.ts';
import { ReadingThread } from '../../src/directory/reading-thread.ts';
import { type Snapshot, SnapshotReader } from '../../src/directory/snapshot-reader.ts';
import { type BindingObject, trimBindingObject } from '../../src/kubernetes/source/binding-object.ts';
import { readBindingObject } from '../../src/kubernetes/source/read-object.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { inSteps } from '../../src/runtime/portions.ts';
import { longestTurn } from './turns.ts';
import { plainBinding, WORST_FILES } from './worst-files.ts';

/** What a probe or a lease may have to wait, in milliseconds of processor time. */
const LONGEST_TURN = 100;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cvmsg-turns-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reads a revision as the controller does, twice: a schema is compiled only once in the life of a process. */
async function turnsOf(
  files: Readonly<Record<string, string>>,
): Promise<{ turn: number; snapshot: Snapshot }> {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const { signal } = new AbortController();
  const openReader = () => new ReadingThread(systemClock);
  const make = () =>
    new SnapshotReader({ tree: diskTree, clock: systemClock, maxBytes: 32 * 1024 * 1024, openReader });
  mkdirSync(join(folder, 'warm'));
  writeFileSync(join(folder, 'warm', 'web.yaml'), plainBinding('web'));
  await make().read({ path: join(folder, 'warm'), immutable: true }, { signal });
  rmSync(join(folder, 'warm'), { recursive: true });
  let snapshot: Snapshot | undefined;
  const turn = await longestTurn(async () => {
    const reader = make();
    snapshot = await reader.read({ path: folder, immutable: false }, { signal });
    const options = { revision: 'r1', previous: new Map() };
    await inSteps(readInSteps(snapshot, options), { clock: systemClock, signal });
    expect(await reader.isUnchanged({ path: folder, immutable: false }, signal)).toBe(true);
  });
  if (snapshot === undefined) throw new Error('nothing was read');
  return { turn, snapshot };
}

describe('a turn', () => {
  it('is measured by the work that was done in it', async () => {
    const busy = () => {
      const until = process.threadCpuUsage().user + 150_000;
      while (process.threadCpuUsage().user < until);
    };
    expect(await longestTurn(async () => busy())).toBeGreaterThan(LONGEST_TURN);
  });
});

describe('reading a directory holds the event loop for less than 100 ms', () => {
  it.each(Object.entries(WORST_FILES))('%s', async (_, text) => {
    const { turn, snapshot } = await turnsOf({ 'worst.yaml': text });
    expect(snapshot.parsedFiles).toHaveLength(1);
    expect(turn).toBeLessThan(LONGEST_TURN);
  });

  it('as many files as a revision may declare bindings', async () => {
    const files = Array.from({ length: 20_000 }, (_, index) => [
      `${index}.yaml`,
      plainBinding(`web-${index}`),
    ]);
    const { turn, snapshot } = await turnsOf(Object.fromEntries(files));
    expect(snapshot.parsedFiles).toHaveLength(20_000);
    expect(turn).toBeLessThan(LONGEST_TURN);
  });

  it('as many instances as a revision may name, each twice', async () => {
    const ids = (file: number) =>
      Array.from(
        { length: 1_000 },
        (_, id) => `ins-${((file % 100) * 1_000 + id).toString(36).padStart(8, '0')}`,
      );
    const files = Array.from({ length: 200 }, (_, index) => [
      `${index}.yaml`,
      plainBinding(`web-${index}`, `[${ids(index).join(', ')}]`),
    ]);
    const { turn } = await turnsOf(Object.fromEntries(files));
    expect(turn).toBeLessThan(LONGEST_TURN);
  });

  it('one instance that 20,000 documents of one name claim', async () => {
    const text = Array.from({ length: 4_000 }, () => plainBinding('web')).join('---\n');
    const files = Array.from({ length: 5 }, (_, index) => [`${index}.yaml`, text]);
    const { turn } = await turnsOf(Object.fromEntries(files));
    expect(turn).toBeLessThan(LONGEST_TURN);
  });

  it('20,000 files that nobody reads', async () => {
    for (let index = 0; index < 20_000; index++) writeFileSync(join(folder, `${index}.txt`), '');
    const { turn } = await turnsOf({ 'web.yaml': plainBinding('web') });
    expect(turn).toBeLessThan(LONGEST_TURN);
  });
});

describe('reading an object holds the event loop for less than 100 ms', () => {
  const ids = Array.from({ length: 1_000 }, (_, id) => `ins-${id.toString(36).padStart(8, '0')}`);
  const object = (metadata: object, spec: object, status: object) => ({
    apiVersion: 'cvmsg.dev/v1alpha1',
    kind: 'CvmSecurityGroupBinding',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', generation: 1, ...metadata },
    spec: { region: 'ap-guangzhou', instanceIds: ids, sgIds: ['sg-1sdj39df'], ...spec },
    status,
  });
  const instances = ids.slice(0, 300).map((instanceId) => ({
    instanceId,
    state: 'InSync',
    observed: Array(100).fill('sg-1sdj39dfxxxxxxxxx'),
    original: Array(100).fill('sg-1sdj39dfxxxxxxxxx'),
  }));
  const read = (text: string) =>
    readBindingObject(trimBindingObject(JSON.parse(text) as BindingObject, new SharedValues()));

  it.each([
    [
      '1,000 instances and 50 groups',
      {},
      { sgIds: Array.from({ length: 50 }, (_, id) => `sg-${String(id).padStart(8, '0')}`) },
      {},
    ],
    ['one instance 1,000 times', {}, { instanceIds: Array(1_000).fill('ins-0a1b2c3d') }, {}],
    [
      'an annotation of 250 KB',
      { annotations: { 'cvmsg.dev/emergency': `${' x'.repeat(125_000)}` } },
      {},
      {},
    ],
    [
      'an approval of 250 KB',
      { annotations: { 'cvmsg.dev/approved-plan': `sha256:${'a by '.repeat(50_000)}` } },
      {},
      {},
    ],
    [
      '20,000 annotations',
      {
        annotations: Object.fromEntries(
          ids.flatMap((id) => Array.from({ length: 20 }, (_, n) => [`${id}${n}`, ''])),
        ),
      },
      {},
      {},
    ],
    ['a status of more than 1 MiB', {}, {}, { instances }],
  ])('%s', async (_, metadata, spec, status) => {
    read(JSON.stringify(object({}, {}, {})));
    const text = JSON.stringify(object(metadata, spec, status));
    expect(await longestTurn(async () => void read(text))).toBeLessThan(LONGEST_TURN);
  });
});
