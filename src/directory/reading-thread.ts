/**
 * Reads files in another thread, because a file of 1 MiB may take more than a second and the event loop renews leases and
 * answers probes meanwhile. What can be told in next to no time is told here; the thread starts with the first file that
 * is left, and ends with {@link FileReader.close}.
 */
import { Worker } from 'node:worker_threads';
import { messageOf } from '../api/message-of.ts';
import { type ReadingOptions, readAtOnce } from '../documents/document-reader.ts';
import type { ParsedFile } from '../documents/parsed-file.ts';
import type { Clock } from '../runtime/clock.ts';
import type { FileReader } from './snapshot-reader.ts';

/** Nothing that may be in a file takes as long, unless the machine stands still. */
const LONGEST_MS = 60_000;
/** Far more than the largest file needs. */
const LIMITS = { maxOldGenerationSizeMb: 128 };
/** The program runs as TypeScript and as it was built. */
const ENTRY = new URL(`./reading-thread-entry${import.meta.url.slice(-3)}`, import.meta.url);

export class ReadingThread implements FileReader {
  readonly #clock: Pick<Clock, 'setTimer'>;
  readonly #entry: URL;
  #worker: Worker | undefined;
  /** Whether the thread has begun to take files. */
  #isReady = false;

  /** @param entry what runs in the thread. */
  constructor(clock: Pick<Clock, 'setTimer'>, entry: URL = ENTRY) {
    this.#clock = clock;
    this.#entry = entry;
  }

  read(
    file: string,
    bytes: Uint8Array,
    { signal, ...options }: ReadingOptions & { readonly signal: AbortSignal },
  ): ParsedFile | Promise<ParsedFile> {
    return readAtOnce(file, bytes, options) ?? this.#ask({ file, bytes, options }, signal);
  }

  close(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #ask(task: ReadingTask, signal: AbortSignal): Promise<ParsedFile> {
    signal.throwIfAborted();
    const worker = this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<ParsedFile>();
    const onAbort = () => {
      this.close();
      reject(signal.reason);
    };
    const onMessage = (message: ParsedFile | typeof READY) => {
      if (message === READY) this.#isReady = true;
      else resolve(message);
    };
    const fail = (error: Error) => {
      const { file } = task;
      // What a file does to a thread ends it too; before the thread is ready it is no fault of a file.
      if (this.#isReady) resolve(notRead(file, error.message));
      else reject(new ThreadNotStartedError(error));
      this.close();
    };
    let failure = new Error('it ended without a word');
    const onError = (error: Error) => {
      failure = error;
    };
    // An error may overtake the messages that were sent before it; the end of the thread does not.
    const onExit = () => fail(failure);
    const cancel = this.#clock.setTimer(LONGEST_MS, () =>
      fail(new Error(`it takes more than ${LONGEST_MS / 1_000} s`)),
    );
    worker.on('message', onMessage);
    worker.once('error', onError);
    worker.once('exit', onExit);
    signal.addEventListener('abort', onAbort, { once: true });
    worker.postMessage(task);
    try {
      return await promise;
    } finally {
      cancel();
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** @throws ThreadNotStartedError. */
  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    this.#isReady = false;
    try {
      this.#worker = new Worker(this.#entry, { env: {}, resourceLimits: LIMITS });
      return this.#worker;
    } catch (error) {
      throw new ThreadNotStartedError(error);
    }
  }
}

/** No file can be read: whatever is declared stays as it is. */
export class ThreadNotStartedError extends Error {
  override readonly name = 'ThreadNotStartedError';
  readonly code = 'ERR_READING_THREAD';

  constructor(cause: unknown) {
    const why = messageOf(cause);
    super(
      `the thread that reads files does not start: ${why}; nothing is changed for it. Look whether the process may use more memory and threads, and whether its files are all there`,
      { cause },
    );
  }
}

function notRead(file: string, why: string): ParsedFile {
  return {
    file,
    documents: [],
    diagnostics: [
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

// What is said between the thread that reads files and who started it.

/** A file to be read; the thread answers with its reading. */
export interface ReadingTask {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly options: ReadingOptions;
}

/** Said first: the thread takes files from now on. */
export const READY = 'ready';
