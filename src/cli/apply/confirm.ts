/** Asks a person on a terminal. */
import { createInterface } from 'node:readline/promises';
import type { Io } from '../io.ts';

/** True for yes; rejects when the signal aborts. */
export async function confirm(
  question: string,
  { io, signal }: { readonly io: Io; readonly signal: AbortSignal },
): Promise<boolean> {
  const reader = createInterface({ input: io.stdin, output: process.stderr });
  // In a raw terminal Ctrl-C reaches the reader, not the process.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  // The end of the input is a no.
  const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('\n')));
  try {
    const answer = await Promise.race([reader.question(question, { signal }), closed]);
    signal.throwIfAborted();
    if (answer === '\n') io.stderr.write(answer);
    return /^(?:y|yes)$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}
