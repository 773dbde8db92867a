/**
 * Requests that other processes leave for the one that writes the state: a small file for each binding, put in place
 * whole by a rename. The state file itself has one writer, and that is not the one who asks.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileBelow } from '../../runtime/file-draft.ts';

const FOLDER = 'requests';
const SUFFIX = '.json';
/** Put behind the name of a file that is being taken. */
const TAKEN = '.taken';

export interface ReconcileRequest {
  readonly binding: string;
  /** New at each request. */
  readonly requestedAt: string;
}

/** Leaves a request; it takes the place of an older one for the same binding. @throws when the folder cannot be written. */
export function leaveRequest(directory: string, request: ReconcileRequest): void {
  const name = join(FOLDER, fileName(request.binding));
  writeFileBelow(directory, name, JSON.stringify(request), { mode: 0o600, folderMode: 0o700 });
}

/**
 * Takes out every request that was left, also what a process was taking when it ended. What is no request is taken away.
 */
export function takeRequests(directory: string): ReconcileRequest[] {
  const folder = join(directory, FOLDER);
  return fileNames(folder).flatMap((name) => {
    const path = join(folder, name);
    const taken = name.endsWith(TAKEN) ? path : path + TAKEN;
    try {
      // Out of the way first: what is put in its place from here on is another request, for the next look.
      if (taken !== path) renameSync(path, taken);
      const request = parse(readFileSync(taken, 'utf8'));
      rmSync(taken);
      return request;
    } catch {
      // Taken this very moment, or already in this look.
      return [];
    }
  });
}

function fileNames(folder: string): string[] {
  try {
    // A link could lead to files of somebody else, which would be taken away.
    if (!lstatSync(folder).isDirectory()) return [];
    const names = readdirSync(folder).filter(
      (name) => name.endsWith(SUFFIX) || name.endsWith(SUFFIX + TAKEN),
    );
    // A request goes before what was being taken of the same binding, which is older, and takes its place.
    return names.sort();
  } catch {
    return [];
  }
}

function parse(text: string): ReconcileRequest[] {
  try {
    const { binding, requestedAt } = JSON.parse(text) as Partial<ReconcileRequest>;
    return typeof binding === 'string' && typeof requestedAt === 'string' ? [{ binding, requestedAt }] : [];
  } catch {
    return [];
  }
}

/** A key may be longer than a file's name. */
function fileName(binding: string): string {
  return createHash('sha256').update(binding).digest('hex') + SUFFIX;
}
