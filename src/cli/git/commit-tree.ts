/** A folder as a commit holds it, as if it were on the disk. */
import { basename, dirname, join, normalize } from 'node:path';
import type { FileStamp, FileTree, TreeEntry } from '../../directory/file-tree.ts';
import { MAX_FILE_BYTES } from '../../documents/file-text.ts';
import { git } from './git.ts';

/** The folder's own path in its tree. */
export const COMMIT_ROOT = '/commit';

/** Files that nobody reads as documents are listed and hold nothing. */
const READ = /\.(?:ya?ml|json)$|^\.cvmsg/i;
const MOST_LINKS = 40;
const LINK = '120000';

interface Node {
  readonly kind: TreeEntry['kind'];
  readonly content: Buffer;
  readonly children: Map<string, Node>;
}

/** Undefined where git cannot tell: no repository, no such commit, or no git. @param cwd a folder of the checkout. */
export async function readCommitTree(commit: string, cwd: string): Promise<FileTree | undefined> {
  const listing = await git(['ls-tree', '-r', '-z', '--long', commit], { cwd });
  if (listing.code !== 0) return undefined;
  const entries = listing.stdout
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [, mode = '', type = '', oid = '', size = '', path = ''] =
        /^(\d+) (\w+) ([0-9a-f]+) +(\S+)\t(.*)$/s.exec(line) ?? [];
      return type === 'blob' ? [{ mode, oid, size: Number(size), path }] : [];
    });
  const wanted = entries.filter(
    ({ mode, path, size }) => mode === LINK || (READ.test(basename(path)) && size <= 8 * MAX_FILE_BYTES),
  );
  const blobs = await readBlobs([...new Set(wanted.map(({ oid }) => oid))], cwd);
  if (blobs === undefined) return undefined;
  const root = folder();
  for (const { mode, oid, path } of entries) {
    const content = blobs.get(oid) ?? Buffer.alloc(0);
    parentOf(root, path).children.set(basename(path), {
      kind: mode === LINK ? 'link' : 'file',
      content,
      children: new Map(),
    });
  }
  return new CommitTree(root);
}

/** The contents of blobs; undefined when one is missing, as in a clone that is not whole. */
async function readBlobs(oids: readonly string[], cwd: string): Promise<Map<string, Buffer> | undefined> {
  const blobs = new Map<string, Buffer>();
  if (oids.length === 0) return blobs;
  const { code, stdout } = await git(['cat-file', '--batch'], { cwd, input: `${oids.join('\n')}\n` });
  if (code !== 0) return undefined;
  let at = 0;
  for (const oid of oids) {
    const end = stdout.indexOf(0x0a, at);
    const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(stdout.toString('utf8', at, end))?.[1]);
    if (end < 0 || Number.isNaN(size)) return undefined;
    blobs.set(oid, stdout.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return blobs;
}

function folder(): Node {
  return { kind: 'directory', content: Buffer.alloc(0), children: new Map() };
}

function parentOf(root: Node, path: string): Node {
  return path
    .split('/')
    .slice(0, -1)
    .reduce((node, name) => {
      const child = node.children.get(name) ?? folder();
      node.children.set(name, child);
      return child;
    }, root);
}

class CommitTree implements FileTree {
  readonly #root: Node;

  constructor(root: Node) {
    this.#root = root;
  }

  realpath(path: string): string {
    let resolved = '';
    let links = 0;
    const rest = normalize(path).split('/').filter(Boolean);
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      const next = name === '..' ? dirname(resolved) : `${resolved}/${name}`;
      const node = this.#node(next);
      if (node?.kind === 'link') {
        if (++links > MOST_LINKS) throw failure('ELOOP', path);
        const target = node.content.toString('utf8');
        if (target.startsWith('/')) throw failure('ENOENT', path);
        rest.unshift(...target.split('/').filter((part) => part !== '' && part !== '.'));
        continue;
      }
      resolved = next;
    }
    this.#at(resolved);
    return resolved;
  }

  *list(path: string): Generator<TreeEntry> {
    for (const [name, { kind }] of this.#at(this.realpath(path)).children) yield { name, kind };
  }

  stamp(path: string): FileStamp {
    const { kind, content } = this.#at(this.realpath(path));
    return { kind, size: content.length, mtimeMs: 0, inode: 0 };
  }

  read(path: string, maxBytes: number): Uint8Array {
    return this.#at(this.realpath(path)).content.subarray(0, maxBytes);
  }

  #at(path: string): Node {
    const node = this.#node(path);
    if (node === undefined) throw failure('ENOENT', path);
    return node;
  }

  #node(path: string): Node | undefined {
    const [, first, ...names] = join('/', path).split('/');
    if (`/${first}` !== COMMIT_ROOT) return undefined;
    return names.reduce<Node | undefined>((node, name) => node?.children.get(name), this.#root);
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: "${path}" in the commit`), { code });
}
