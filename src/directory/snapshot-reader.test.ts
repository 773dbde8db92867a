import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES } from '../documents/file-text.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { diskTree } from './file-tree.ts';
import { SnapshotReader } from './snapshot-reader.ts';

let top = '';
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-snapshot-')));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const text = (name: string, groups = 'sg-aaaaaaaa') =>
  `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: { name: ${name}, namespace: shop }
spec: { region: ap-guangzhou, instanceIds: [ins-${name.padEnd(8, '0')}], sgIds: [${groups}] }
`;
const write = (path: string, content: string) => {
  mkdirSync(dirname(join(top, path)), { recursive: true });
  writeFileSync(join(top, path), content);
};
const publication = (folder: string) => ({ path: join(top, folder), immutable: false });
const signal = new AbortController().signal;
const makeReader = () => new SnapshotReader({ tree: diskTree, clock: new VirtualClock() });
type Reader = SnapshotReader;
const read = (reader: Reader, folder: string) => reader.read(publication(folder), { signal });

describe('SnapshotReader', () => {
  it('parses only what changed, also under another path', async () => {
    const reader = makeReader();
    write('one/a.yaml', text('a'));
    write('one/b.yaml', text('b'));
    const first = await read(reader, 'one');
    write('two/a.yaml', text('a'));
    write('two/b.yaml', text('b', 'sg-bbbbbbbb'));
    const second = await read(reader, 'two');
    expect(second.parsedFiles[0]).toBe(first.parsedFiles[0]);
    expect(second.parsedFiles[1]).not.toBe(first.parsedFiles[1]);
    const again = await read(reader, 'two');
    expect(again.parsedFiles.every((reading, index) => reading === second.parsedFiles[index])).toBe(true);
    expect(again.digest).toBe(second.digest);
  });

  it('knows a content by its digest: names count, the place does not', async () => {
    write('one/a.yaml', text('a'));
    write('two/a.yaml', text('a'));
    write('three/b.yaml', text('a'));
    const digests = await Promise.all(
      ['one', 'two', 'three'].map(async (folder) => (await read(makeReader(), folder)).digest),
    );
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
  });

  it('sees that a folder changed since it was read', async () => {
    const reader = makeReader();
    write('one/a.yaml', text('a'));
    await read(reader, 'one');
    expect(await reader.isUnchanged(publication('one'), signal)).toBe(true);
    write('one/b.yaml', text('b'));
    expect(await reader.isUnchanged(publication('one'), signal)).toBe(false);
    await read(reader, 'one');
    write('one/b.yaml', text('b', 'sg-bbbbbbbb, sg-cccccccc'));
    expect(await reader.isUnchanged(publication('one'), signal)).toBe(false);
    await read(reader, 'one');
    rmSync(join(top, 'one', 'b.yaml'));
    expect(await reader.isUnchanged(publication('one'), signal)).toBe(false);
    write('two/a.yaml', text('a'));
    expect(await reader.isUnchanged(publication('two'), signal)).toBe(false);
  });

  it('reads no more of a file than it takes to refuse it for its size', async () => {
    write('one/large.yaml', `# cvmsg.dev ${'x'.repeat(MAX_FILE_BYTES * 2)}\n`);
    const { parsedFiles } = await read(makeReader(), 'one');
    expect(parsedFiles[0]).toMatchObject({ documents: [], incomplete: true });
    expect(parsedFiles[0]?.diagnostics[0]?.severity).toBe('error');
  });

  it.each([
    { what: 'a hundred small files', files: 250, bytes: 0, turns: 2 },
    { what: '128 KiB of large ones', files: 5, bytes: 70_000, turns: 2 },
  ])('lets other work go on after $what', async ({ files, bytes, turns }) => {
    for (let n = 0; n < files; n++) write(`one/${n}.yaml`, `# cvmsg.dev\n# ${'x'.repeat(bytes)}\n`);
    const clock = new VirtualClock();
    let slept = 0;
    clock.sleep = async () => {
      slept++;
    };
    await read(new SnapshotReader({ tree: diskTree, clock }), 'one');
    expect(slept).toBe(turns);
  });

  it('lets go of what was removed', async () => {
    const reader = makeReader();
    write('one/a.yaml', text('a'));
    write('one/b.yaml', text('b'));
    await read(reader, 'one');
    rmSync(join(top, 'one', 'b.yaml'));
    const { parsedFiles } = await read(reader, 'one');
    expect(parsedFiles.map((reading) => reading.file)).toEqual(['a.yaml']);
  });
});
