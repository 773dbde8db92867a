/** Reads files and directories as one revision. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readDocuments } from '../../api/document-reader.ts';
import type { FileReading } from '../../api/file-reading.ts';
import { MAX_FILE_BYTES } from '../../api/file-text.ts';
import type { Finding } from '../../api/finding.ts';
import { messageOf } from '../../api/message-of.ts';
import { refusedLink, refusedName } from '../../sources/directory/declarations.ts';
import { diskTree } from '../../sources/directory/file-tree.ts';
import { resolvePublication } from '../../sources/directory/publication.ts';
import { walk } from '../../sources/directory/tree-walk.ts';
import { CliError } from '../cli-error.ts';

export interface PathsReading {
  readonly readings: readonly FileReading[];
  /** Links that were not followed. */
  readonly findings: readonly Finding[];
  /** Of each file: its path below the directory that was named. */
  readonly underRoot: ReadonlyMap<string, string>;
  /** The text of a file that was read. */
  readonly textOf: (file: string) => string;
}

/** What a shell opened for this very command; any other pipe or device may have no end. */
const HANDED_OVER = /^\/(?:dev\/(?:fd\/\d+|stdin)|proc\/self\/fd\/\d+)$/;

/** @throws CliError for a path that cannot be read, and for a directory that has more than `maxBytes`. */
export function readPaths(
  paths: readonly string[],
  { maxBytes = Number.POSITIVE_INFINITY }: { readonly maxBytes?: number } = {},
): PathsReading {
  const readings = new Map<string, FileReading>();
  const underRoot = new Map<string, string>();
  const texts = new Map<string, Uint8Array>();
  const read: FileReader = (file, bytes) => {
    texts.set(file, bytes);
    return readDocuments(file, bytes);
  };
  const findings: Finding[] = [];
  for (const path of paths) {
    try {
      if (path === '-') {
        readings.set('-', read('<stdin>', readFileSync(0)));
        continue;
      }
      const { kind } = diskTree.stamp(path);
      if (kind === 'directory') {
        findings.push(...readFolder(path, { readings, underRoot, read, maxBytes }));
      } else if (kind === 'other' && !HANDED_OVER.test(path)) {
        throw new CliError(
          `"${path}" is neither a file nor a directory; name one of these, or - for standard input`,
        );
      } else {
        readings.set(resolve(path), read(path, diskTree.read(path, MAX_FILE_BYTES + 1)));
      }
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw new CliError(`"${path}" cannot be read: ${messageOf(error)}`);
    }
  }
  const textOf = (file: string) => Buffer.from(texts.get(file) ?? []).toString('utf8');
  return { readings: [...readings.values()], findings, underRoot, textOf };
}

type FileReader = (file: string, bytes: Uint8Array) => FileReading;

function readFolder(
  folder: string,
  into: {
    readonly readings: Map<string, FileReading>;
    readonly underRoot: Map<string, string>;
    readonly read: FileReader;
    readonly maxBytes: number;
  },
): Finding[] {
  const { path: root } = resolvePublication(diskTree, resolve(folder));
  const { files, refusedLinks, refusedNames } = walk(diskTree, root, into);
  for (const { path } of files) {
    const bytes = diskTree.read(join(root, path), MAX_FILE_BYTES + 1);
    into.underRoot.set(join(folder, path), path);
    into.readings.set(join(root, path), into.read(join(folder, path), bytes));
  }
  return [
    ...refusedLinks.map((link) => refusedLink(join(folder, link))),
    ...refusedNames.map((name) => refusedName(join(folder, name))),
  ];
}
