/** One run of the program in its process: streams that may close or fail early, and the exit code at the end. */

import { readFileSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { CommanderError } from 'commander';
import { messageOf } from '../api/message-of.ts';
import { CliError } from './cli-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type Io, processIo } from './io.ts';
import { buildProgram } from './program.ts';

/** Runs the command line and ends the process with its exit code when everything is written, or cannot be. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  // What goes on does not depend on its output, nor does a log line on the next one.
  let failure: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error) => {
    failure ??= error;
  });
  process.stderr.on('error', () => {});
  const code = await runCli(argv, processIo());
  await written(process.stdout);
  process.exitCode = failure === undefined ? code : withoutOutput(code, failure);
  await written(process.stderr);
  process.exit();
}

/** The exit code of a run whose output did not arrive; says why, unless whoever read it has seen enough (`| head`). */
function withoutOutput(code: ExitCode, { code: name, errno, message }: NodeJS.ErrnoException): ExitCode {
  if (name === 'EPIPE') return code;
  const words = errno === undefined ? message : getSystemErrorMessage(errno);
  process.stderr.write(`error: the output cannot be written: ${words}\n`);
  return code === EXIT.ok || code === EXIT.changes ? EXIT.error : code;
}

/** Resolves when everything written so far has left the process, or was lost. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

// The command line from arguments to exit code. Every failure becomes a sentence on stderr.

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
function packageVersion(): string {
  const path = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}
