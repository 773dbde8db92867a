/**
 * Requests that other processes leave for the one that writes the state: a small file for each binding, put in place
 * whole by a rename. The state file itself has one writer, and that is not the one who asks.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'requests';
const SUFFIX = '.json';

export interface ReconcileRequest {
  readonly binding: string;
  /** New at each request. */
  readonly requestedAt: string;
}

/** Leaves a request; it takes the place of an older one for the same binding. @throws when the folder cannot be written. */
export function leaveRequest(directory: string, request: ReconcileRequest): void {
  const folder = join(directory, FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, fileName(request.binding));
  const whole = `${path}.${process.pid}.new`;
  writeFileSync(whole, JSON.stringify(request), { mode: 0o600 });
  renameSync(whole, path);
}

/** Takes out every request that was left. What is no request is taken away. */
export function takeRequests(directory: string): ReconcileRequest[] {
  const folder = join(directory, FOLDER);
  return fileNames(folder).flatMap((name) => {
    const path = join(folder, name);
    try {
      const request = parse(readFileSync(path, 'utf8'));
      rmSync(path);
      return request;
    } catch {
      // Replaced or taken this very moment: the next look finds what is there then.
      return [];
    }
  });
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
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
