/** The directory of bindings that a command reads from or writes to. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearestName } from '../../api/nearest-name.ts';
import { CliError } from '../cli-error.ts';

/**
 * A file cannot stand for a directory: its revision would lack the bindings beside it, and nobody could publish it anew.
 * @param flag such as `--source`; '' for an argument.
 * @throws CliError for a file; what is not there is another matter.
 */
export function refuseFile(path: string, flag = ''): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  const origin = flag === '' ? '' : `${flag}: `;
  throw new CliError(`${origin}"${path}" is a file; name a directory, such as "${dirname(path)}"`);
}

/** @throws CliError for a directory that is not there and whose name is near to one that is. */
export function refuseMistyped(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const nearest = nearestName(basename(path), foldersOf(dirname(path)));
  if (nearest === undefined) return;
  throw new CliError(`there is no directory "${path}"; did you mean "${join(dirname(path), nearest)}/"?`);
}

function foldersOf(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
