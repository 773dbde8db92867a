/** One run of the program in its process: streams that may close or fail early, and the exit code at the end. */
import { getSystemErrorMessage } from 'node:util';
import { EXIT, type ExitCode } from './exit-code.ts';
import { processIo } from './io.ts';
import { runCli } from './run-cli.ts';

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
