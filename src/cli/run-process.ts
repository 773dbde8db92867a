/** One run of the program in its process: streams that may close early, and the exit code at the end. */
import { processIo } from './io.ts';
import { runCli } from './run-cli.ts';

/** Runs the command line and ends the process with its exit code when everything is written, or nobody reads it. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read the output has seen enough (`| head`): what goes on does not depend on it, nor how it ends.
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const code = await runCli(argv, processIo());
  process.exitCode = code;
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit(code);
}

/** Resolves when everything written so far has left the process. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
