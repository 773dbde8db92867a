/** The directory of bindings that a command reads from or writes to. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
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
