/**
 * Reads one whole revision under one resolved path. A file whose content did not change is not parsed again.
 * What it returns is immutable and complete; anything that moved while it was read makes it throw.
 */
import { createHash, hash as digestOf } from 'node:crypto';
import { sep } from 'node:path';
import { capDiagnostics } from '../documents/diagnostic-placement.ts';
import { type ReadingOptions, readDocuments } from '../documents/document-reader.ts';
import { MAX_FILE_BYTES } from '../documents/file-text.ts';
import type { ParsedFile } from '../documents/parsed-file.ts';
import type { Clock } from '../runtime/clock.ts';
import { inSteps } from '../runtime/portions.ts';
import type { FileStamp, FileTree } from './file-tree.ts';
import type { Publication } from './publication.ts';
import {
  addFile,
  type RefusedEntry,
  readBounded,
  TreeTooLargeError,
  type Walk,
  type WalkedFile,
  walkInSteps,
} from './tree-walk.ts';

export interface Snapshot {
  readonly publication: Publication;
  /** Digest over the sorted paths and contents. */
  readonly digest: string;
  /** Sorted by file. */
  readonly parsedFiles: readonly ParsedFile[];
  readonly refused: readonly RefusedEntry[];
}

interface Parsed {
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
  /** Below which the stamps were taken. */
  #parsedBelow = '';

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
      this.#parsedBelow = publication.path;
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
    if (walked.files.length !== this.#parsed.size || publication.path !== this.#parsedBelow) return false;
    return walked.files.every(({ path, stamp }) => {
      const known = this.#parsed.get(path);
      return known !== undefined && sameStamp(known.stamp, stamp);
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
    const known = this.#parsed.get(name);
    const isWhereItWas = publication.path === this.#parsedBelow;
    if (known !== undefined && isWhereItWas && sameStamp(known.stamp, stamp)) return known;
    const bytes = readBounded(this.#options.tree, publication.path + sep + name);
    const digest = digestOf('sha256', bytes, 'hex');
    if (known?.digest === digest) return { stamp, digest, reading: known.reading };
    const { reader, ...options } = by;
    const reading = reader.read(name, bytes, options);
    if (!(reading instanceof Promise)) return { stamp, digest, reading };
    return reading.then((read) => ({ stamp, digest, reading: read }));
  }
}

function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.inode === b.inode;
}

// Bounds what all files of a revision give together, so that no repository can fill the memory.

/** Most bindings of one revision, valid ones and others. */
const MAX_BINDINGS = 20_000;
/** Most instances that they name together. */
const MAX_INSTANCES = 200_000;
/** Most approvals of one revision; most are over after a day. */
const MAX_APPROVALS = 10_000;
/** Findings of one revision; past them each file keeps its first. */
const MAX_DIAGNOSTICS = 10_000;
/** Files that are named when there is too much. */
const MAX_NAMED = 5;

export class RevisionBounds {
  readonly #bindings = new Limit(MAX_BINDINGS, 'bindings');
  readonly #instances = new Limit(MAX_INSTANCES, 'instances of bindings');
  readonly #approvals = new Limit(MAX_APPROVALS, 'approvals');
  #diagnostics = 0;

  /** Takes the next reading, with as many diagnostics as may be kept of it. @throws TreeTooLargeError. */
  take<T extends { readonly reading: ParsedFile }>(parsed: T): T {
    const { file, documents, broken, diagnostics, approvals = [] } = parsed.reading;
    this.#approvals.add(file, approvals.length);
    this.#bindings.add(file, documents.length + broken.length);
    this.#instances.add(
      file,
      documents.reduce((sum, { binding }) => sum + (binding.spec.instanceIds?.length ?? 0), 0),
    );
    const most = Math.max(MAX_DIAGNOSTICS - this.#diagnostics, 1);
    this.#diagnostics += Math.min(diagnostics.length, most);
    if (diagnostics.length <= most) return parsed;
    return {
      ...parsed,
      reading: { ...parsed.reading, diagnostics: capDiagnostics(file, diagnostics, most) },
    };
  }
}

/** Counts something by file, up to a limit. */
class Limit {
  readonly #most: number;
  readonly #what: string;
  readonly #perFile: { readonly file: string; readonly count: number }[] = [];
  #sum = 0;

  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** @throws TreeTooLargeError. */
  add(file: string, count: number): void {
    this.#perFile.push({ file, count });
    this.#sum += count;
    if (this.#sum <= this.#most) return;
    const largest = this.#perFile.toSorted((a, b) => b.count - a.count).slice(0, MAX_NAMED);
    const named = largest.map((one) => `"${one.file}" (${one.count})`).join(', ');
    throw new TreeTooLargeError(`it has more than ${this.#most} ${this.#what}; most are in ${named}`);
  }
}

// Who turns the bytes of a file into documents: this thread, or another one where nothing may be held up.

/** Reads one file at a time. */
export interface FileReader {
  /** Never throws for what a file holds. Rejects when the signal aborts, and when no file can be read at all. */
  read(
    file: string,
    bytes: Uint8Array,
    options: ReadingOptions & { readonly signal: AbortSignal },
  ): ParsedFile | Promise<ParsedFile>;
  /** Gives back what reading needed. */
  close(): void;
}

/** Reads at once, however long it takes: for commands, and where time is not real. */
const readHere = (): FileReader => ({ read: readDocuments, close() {} });
