/**
 * Reads one whole revision under one resolved path. A file whose content did not change is not parsed again.
 * What it returns is immutable and complete; anything that moved while it was read makes it throw.
 */
import { createHash, hash as digestOf } from 'node:crypto';
import { sep } from 'node:path';
import { readDocuments } from '../../api/document-reader.ts';
import type { FileReading } from '../../api/file-reading.ts';
import { MAX_FILE_BYTES } from '../../api/file-text.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { FileStamp, FileTree } from './file-tree.ts';
import type { Publication } from './publication.ts';
import { type Walk, walk } from './tree-walk.ts';

export interface Snapshot {
  readonly publication: Publication;
  /** Digest over the sorted paths and contents. */
  readonly digest: string;
  /** Sorted by file. */
  readonly readings: readonly FileReading[];
  readonly refusedLinks: readonly string[];
  readonly refusedNames: readonly string[];
}

interface Parsed {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly digest: string;
  readonly reading: FileReading;
}

/** Files read before the event loop gets its turn. */
const FILES_AT_ONCE = 500;

export class SnapshotReader {
  readonly #tree: FileTree;
  readonly #clock: Clock;
  /** By relative path. */
  #parsed = new Map<string, Parsed>();

  constructor(tree: FileTree, clock: Clock) {
    this.#tree = tree;
    this.#clock = clock;
  }

  /** @throws the file system's error when the tree changes under the reader. */
  async read(publication: Publication, signal: AbortSignal): Promise<Snapshot> {
    const walked = walk(this.#tree, publication.path);
    const parsed = new Map<string, Parsed>();
    const hash = createHash('sha256');
    for (const [index, file] of walked.files.entries()) {
      if (index > 0 && index % FILES_AT_ONCE === 0) await this.#clock.sleep(0, signal);
      const one = this.#parse(publication, file.path, file.stamp);
      parsed.set(file.path, one);
      hash.update(`${file.path}\0${one.digest}\n`);
    }
    this.#parsed = parsed;
    return {
      publication,
      digest: hash.digest('hex'),
      readings: [...parsed.values()].map((one) => one.reading),
      refusedLinks: walked.refusedLinks,
      refusedNames: walked.refusedNames,
    };
  }

  /** Whether the files still look as they did when the last snapshot was read, by size, time and inode. */
  isUnchanged(publication: Publication): boolean {
    const walked: Walk = walk(this.#tree, publication.path);
    if (walked.files.length !== this.#parsed.size) return false;
    return walked.files.every(({ path, stamp }) => {
      const known = this.#parsed.get(path);
      return (
        known !== undefined && known.path === publication.path + sep + path && sameStamp(known.stamp, stamp)
      );
    });
  }

  #parse(publication: Publication, name: string, stamp: FileStamp): Parsed {
    const path = publication.path + sep + name;
    const known = this.#parsed.get(name);
    if (known !== undefined && known.path === path && sameStamp(known.stamp, stamp)) return known;
    // One byte more than is allowed is enough to refuse a file for its size.
    const bytes = this.#tree.read(path, MAX_FILE_BYTES + 1);
    const digest = digestOf('sha256', bytes, 'hex');
    const reading = known?.digest === digest ? known.reading : readDocuments(name, bytes);
    return { path, stamp, digest, reading };
  }
}

function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.inode === b.inode;
}
