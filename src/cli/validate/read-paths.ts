/** Reads files and directories as one revision. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Diagnostic } from '../../api/diagnostic.ts';
import { messageOf } from '../../api/message-of.ts';
import { refusedEntry } from '../../directory/declarations.ts';
import { diskTree } from '../../directory/file-tree.ts';
import { resolvePublication } from '../../directory/publication.ts';
import { walk } from '../../directory/tree-walk.ts';
import { readDocuments } from '../../documents/document-reader.ts';
import { MAX_FILE_BYTES } from '../../documents/file-text.ts';
import type { ParsedFile } from '../../documents/parsed-file.ts';
import { CliError } from '../cli-error.ts';

export interface PathsReading {
  readonly parsedFiles: readonly ParsedFile[];
  /** Links that were not followed. */
  readonly diagnostics: readonly Diagnostic[];
  /** Of each file: its path below the directory that was named. */
  readonly underRoot: ReadonlyMap<string, string>;
  /** The text of a file that was read. */
  readonly textOf: (file: string) => string;
}

/** How findings name it. */
export const STANDARD_INPUT = '<stdin>';

/** What a shell opened for this very command; any other pipe or device may have no end. */
const HANDED_OVER = /^\/(?:dev\/(?:fd\/\d+|stdin)|proc\/self\/fd\/\d+)$/;

/** @throws CliError for a path that cannot be read, and for a directory that has more than `maxBytes`. */
export function readPaths(
  paths: readonly string[],
  { maxBytes = Number.POSITIVE_INFINITY }: { readonly maxBytes?: number } = {},
): PathsReading {
  const parsedFiles = new Map<string, ParsedFile>();
  const underRoot = new Map<string, string>();
  const texts = new Map<string, Uint8Array>();
  const read: FileReader = (file, bytes) => {
    texts.set(file, bytes);
    return readDocuments(file, bytes);
  };
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    try {
      if (path === '-') {
        parsedFiles.set('-', read(STANDARD_INPUT, readFileSync(0)));
        continue;
      }
      const { kind } = diskTree.stamp(path);
      if (kind === 'directory') {
        diagnostics.push(...readFolder(path, { parsedFiles, underRoot, read, maxBytes }));
      } else if (kind === 'other' && !HANDED_OVER.test(path)) {
        throw new CliError(
          `"${path}" is neither a file nor a directory; name one of these, or - for standard input`,
        );
      } else {
        const bytes = diskTree.read(path, MAX_FILE_BYTES + 1);
        parsedFiles.set(kind === 'file' ? diskTree.realpath(path) : resolve(path), read(path, bytes));
      }
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw new CliError(`"${path}" cannot be read: ${messageOf(error)}`);
    }
  }
  const textOf = (file: string) => Buffer.from(texts.get(file) ?? []).toString('utf8');
  return { parsedFiles: [...parsedFiles.values()], diagnostics, underRoot, textOf };
}

type FileReader = (file: string, bytes: Uint8Array) => ParsedFile;

function readFolder(
  folder: string,
  into: {
    readonly parsedFiles: Map<string, ParsedFile>;
    readonly underRoot: Map<string, string>;
    readonly read: FileReader;
    readonly maxBytes: number;
  },
): Diagnostic[] {
  const { path: root } = resolvePublication(diskTree, resolve(folder));
  const { files, refused } = walk(diskTree, root, into);
  for (const { path } of files) {
    const bytes = diskTree.read(join(root, path), MAX_FILE_BYTES + 1);
    into.underRoot.set(join(folder, path), path);
    into.parsedFiles.set(diskTree.realpath(join(root, path)), into.read(join(folder, path), bytes));
  }
  return refused.map(({ path, why }) => refusedEntry({ path: join(folder, path), why }));
}
