/** What the program reads from and writes to. */

export interface OutputStream {
  readonly isTTY?: boolean;
  /** Undefined where nobody knows. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

export interface Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: NodeJS.ReadStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The streams and variables of this process. */
export function processIo(): Io {
  const [stdout, stderr] = [outputOf(process.stdout), outputOf(process.stderr)];
  return { stdout, stderr, stdin: process.stdin, env: process.env };
}

function outputOf(stream: NodeJS.WriteStream): OutputStream {
  return {
    isTTY: stream.isTTY,
    // A terminal that does not know its size, as in a container, says 0.
    get columns() {
      return stream.columns || undefined;
    },
    get rows() {
      return stream.rows || undefined;
    },
    write: (text) => stream.write(text),
  };
}
