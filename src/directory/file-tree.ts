/** The file system as the directory source sees it: few calls, all synchronous, so that no other work of this process falls between two of them. */
import {
  closeSync,
  fstatSync,
  opendirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';

export interface TreeEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
}

export interface FileStamp {
  readonly kind: TreeEntry['kind'];
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

/** Every call throws an error with a `code` such as `ENOENT` when it fails. */
export interface FileTree {
  /** The path with every link resolved. */
  realpath(path: string): string;
  list(path: string): Iterable<TreeEntry>;
  /** Follows links. */
  stamp(path: string): FileStamp;
  /** Up to `maxBytes` from the start of a file. */
  read(path: string, maxBytes: number): Uint8Array;
}

type Kinded = { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean };

function kindOf(entry: Kinded): TreeEntry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

/** The machine's file system. */
export const diskTree: FileTree = {
  realpath: (path) => realpathSync(path),
  *list(path) {
    const folder = opendirSync(path, { bufferSize: 256 });
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync())
        yield { name: entry.name, kind: kindOf(entry) };
    } finally {
      folder.closeSync();
    }
  },
  stamp(path) {
    const stats = statSync(path);
    return { kind: kindOf(stats), size: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino };
  },
  read(path, maxBytes) {
    const descriptor = openSync(path, 'r');
    try {
      const { size } = fstatSync(descriptor);
      // A pipe has no size.
      if (size === 0) return readFileSync(descriptor);
      const buffer = Buffer.allocUnsafe(Math.min(size, maxBytes));
      let filled = 0;
      while (filled < buffer.length) {
        const count = readSync(descriptor, buffer, filled, buffer.length - filled, null);
        if (count === 0) break;
        filled += count;
      }
      return buffer.subarray(0, filled);
    } finally {
      closeSync(descriptor);
    }
  },
};

/** The `code` of a file system error; '' for anything else. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
