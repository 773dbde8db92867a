/**
 * Reads one whole revision under one resolved path. A file whose content did not change is not parsed again.
 * What it returns is immutable and complete; anything that moved while it was read makes it throw.
 */
import { createHash, hash as digestOf } from 'node:crypto';
import { sep } from 'node:path';
import { MAX_FILE_BYTES } from '../documents/file-text.ts';
import type { ParsedFile } from '../documents/parsed-file.ts';
import type { Clock } from '../runtime/clock.ts';
import { inSteps } from '../runtime/portions.ts';
import { type FileReader, readHere } from './file-reader.ts';
import type { FileStamp, FileTree } from './file-tree.ts';
import type { Publication } from './publication.ts';
import { RevisionBounds } from './revision-bounds.ts';
import { addFile, readBounded } from './tree-digest.ts';
import { type RefusedEntry, type Walk, type WalkedFile, walkInSteps } from './tree-walk.ts';

export interface Snapshot {
  readonly publication: Publication;
  /** Digest over the sorted paths and contents. */
  readonly digest: string;
  /** Sorted by file. */
  readonly parsedFiles: readonly ParsedFile[];
  readonly refused: readonly RefusedEntry[];
}

interface Parsed {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly digest: string;
  readonly reading: ParsedFile;
}

export interface SnapshotReaderOptions {
  readonly tree: FileTree;
  readonly clock: Clock;
  /** Most bytes of a revision; without it there is no limit. */
  readonly maxBytes?: number | undefined;
  /** Who reads the files of one snapshot; this thread, when it is absent. */
  readonly openReader?: (() => FileReader) | undefined;
}

/** Files, and bytes of them, that are read before the event loop gets its turn. */
const FILES_AT_ONCE = 100;
const BYTES_AT_ONCE = 128 * 1024;

export class SnapshotReader {
  readonly #options: SnapshotReaderOptions;
  /** By relative path. */
  #parsed = new Map<string, Parsed>();

  constructor(options: SnapshotReaderOptions) {
    this.#options = options;
  }

  /**
   * @param held the files that held bindings when they were read last, be it by an earlier process.
   * @throws the file system's error when the tree changes under the reader; TreeTooLargeError.
   */
  async read(
    publication: Publication,
    options: { readonly signal: AbortSignal; readonly held?: ReadonlySet<string> },
  ): Promise<Snapshot> {
    const { clock, openReader = readHere } = this.#options;
    const { signal, held } = options;
    const walked = await this.#walk(publication, signal);
    const parsed = new Map<string, Parsed>();
    const hash = createHash('sha256');
    const reader = openReader();
    const bounds = new RevisionBounds();
    let files = 0;
    let bytes = 0;
    try {
      for (const file of walked.files) {
        if (files >= FILES_AT_ONCE || bytes >= BYTES_AT_ONCE) {
          [files, bytes] = [0, 0];
          await clock.sleep(0, signal);
        }
        const read = this.#parse(publication, file, { reader, signal, held: held?.has(file.path) ?? false });
        const one = bounds.take(read instanceof Promise ? await read : read);
        parsed.set(file.path, one);
        addFile(hash, file.path, one.digest);
        files++;
        bytes += Math.min(file.stamp.size, MAX_FILE_BYTES);
      }
    } finally {
      reader.close();
      // Also of a reading that came to nothing: its files need not be parsed again.
      this.#parsed = parsed;
    }
    return {
      publication,
      digest: hash.digest('hex'),
      parsedFiles: [...parsed.values()].map((one) => one.reading),
      refused: walked.refused,
    };
  }

  /** Whether the files still look as they did when the last snapshot was read, by size, time and inode. */
  async isUnchanged(publication: Publication, signal: AbortSignal): Promise<boolean> {
    const walked = await this.#walk(publication, signal);
    if (walked.files.length !== this.#parsed.size) return false;
    return walked.files.every(({ path, stamp }) => {
      const known = this.#parsed.get(path);
      return (
        known !== undefined && known.path === publication.path + sep + path && sameStamp(known.stamp, stamp)
      );
    });
  }

  #walk({ path }: Publication, signal: AbortSignal): Promise<Walk> {
    const { tree, clock, maxBytes } = this.#options;
    const steps = walkInSteps(tree, path, maxBytes === undefined ? {} : { maxBytes });
    return inSteps(steps, { clock, signal });
  }

  #parse(
    publication: Publication,
    { path: name, stamp }: WalkedFile,
    by: { readonly reader: FileReader; readonly signal: AbortSignal; readonly held: boolean },
  ): Parsed | Promise<Parsed> {
    const path = publication.path + sep + name;
    const known = this.#parsed.get(name);
    if (known !== undefined && known.path === path && sameStamp(known.stamp, stamp)) return known;
    const bytes = readBounded(this.#options.tree, path);
    const digest = digestOf('sha256', bytes, 'hex');
    if (known?.digest === digest) return { path, stamp, digest, reading: known.reading };
    const { reader, ...options } = by;
    const reading = reader.read(name, bytes, options);
    if (!(reading instanceof Promise)) return { path, stamp, digest, reading };
    return reading.then((read) => ({ path, stamp, digest, reading: read }));
  }
}

function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.inode === b.inode;
}
