/** The command line from arguments to exit code. Every failure becomes a sentence on stderr. */

import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { messageOf } from '../api/message-of.ts';
import { CliError } from './cli-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { buildProgram } from './program.ts';

/** Errors whose message is written for the user; anything else is a mistake of ours and keeps its stack. */
const EXPLAINED = new Set(['CliError', 'StateError', 'FleetFileError', 'KubeError', 'InstantError']);

export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const version = packageVersion();
  const program = buildProgram({ io, version, ended: (ended) => (code = ended) });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.error;
    io.stderr.write(`error: ${explain(error, io)}\n`);
    return EXIT.error;
  }
}

function explain(error: unknown, io: Io): string {
  const known = error instanceof Error && (error instanceof CliError || EXPLAINED.has(error.name));
  if (known || !(error instanceof Error)) return messageOf(error);
  const systemCode = 'code' in error && typeof error.code === 'string';
  if (systemCode && io.env.CVMSG_LOG_LEVEL !== 'debug') return error.message;
  return error.stack ?? error.message;
}

/** From package.json, which lies two folders above both `src/cli` and `dist/cli`. */
export function packageVersion(): string {
  const path = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}
