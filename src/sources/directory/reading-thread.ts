/**
 * Reads files in another thread, because a file of 1 MiB may take more than a second and the event loop renews leases and
 * answers probes meanwhile. What can be told in next to no time is told here; the thread starts with the first file that
 * is left, and ends with {@link FileReader.close}.
 */
import { Worker } from 'node:worker_threads';
import { type ReadingOptions, readAtOnce } from '../../api/document-reader.ts';
import type { FileReading } from '../../api/file-reading.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { FileReader } from './file-reader.ts';

/** A file to be read, as it is posted to the thread; it answers with the {@link FileReading}. */
export interface ReadingTask {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly options: ReadingOptions;
}

/** Nothing that may be in a file takes as long, unless the machine stands still. */
const LONGEST_MS = 60_000;
/** Far more than the largest file needs. */
const LIMITS = { maxOldGenerationSizeMb: 128 };
/** The program runs as TypeScript and as it was built. */
const ENTRY = new URL(`./reading-thread-entry${import.meta.url.slice(-3)}`, import.meta.url);

export class ReadingThread implements FileReader {
  readonly #clock: Pick<Clock, 'setTimer'>;
  #worker: Worker | undefined;

  constructor(clock: Pick<Clock, 'setTimer'>) {
    this.#clock = clock;
  }

  read(
    file: string,
    bytes: Uint8Array,
    { signal, ...options }: ReadingOptions & { readonly signal: AbortSignal },
  ): FileReading | Promise<FileReading> {
    return readAtOnce(file, bytes, options) ?? this.#ask({ file, bytes, options }, signal);
  }

  close(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #ask(task: ReadingTask, signal: AbortSignal): Promise<FileReading> {
    signal.throwIfAborted();
    const worker = this.#worker ?? new Worker(ENTRY, { env: {}, resourceLimits: LIMITS });
    this.#worker = worker;
    const { promise, resolve, reject } = Promise.withResolvers<FileReading>();
    const giveUp = (why: string) => {
      this.close();
      resolve(notRead(task.file, why));
    };
    const onAbort = () => {
      this.close();
      reject(signal.reason);
    };
    const onError = (error: Error) => giveUp(error.message);
    const cancel = this.#clock.setTimer(LONGEST_MS, () =>
      giveUp(`it takes more than ${LONGEST_MS / 1_000} s`),
    );
    worker.once('message', resolve);
    worker.once('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    worker.postMessage(task);
    try {
      return await promise;
    } finally {
      cancel();
      worker.off('message', resolve);
      worker.off('error', onError);
      signal.removeEventListener('abort', onAbort);
    }
  }
}

function notRead(file: string, why: string): FileReading {
  return {
    file,
    documents: [],
    findings: [
      {
        severity: 'error',
        rule: 'file/unreadable',
        message: `the file cannot be read: ${why}`,
        fix: 'split it into several files, or write the documents in a simpler way',
        file,
        line: 1,
        column: 1,
        path: '',
      },
    ],
    skipped: 0,
    broken: [],
    incomplete: true,
  };
}
