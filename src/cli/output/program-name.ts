/** How whoever started this program can start it again: not everybody has `cvmsg` in the path. */
import { basename, relative } from 'node:path';
import { shellWord } from '../../core/text/shell-word.ts';
import type { Io } from '../io.ts';

/** @param script the file that node was started with. */
export function programName({ env }: Pick<Io, 'env'>, script = process.argv[1] ?? ''): string {
  if (env.npm_command === 'exec') return 'npx cvmsg';
  if (env.npm_lifecycle_event !== undefined) return 'npm run -s cvmsg --';
  if (basename(script) === 'cvmsg') return 'cvmsg';
  const shorter = relative(process.cwd(), script);
  return `node ${shellWord(shorter.length < script.length ? shorter : script)}`;
}
