/** What is said between the thread that reads files and who started it. */
import type { ReadingOptions } from '../documents/document-reader.ts';

/** A file to be read; the thread answers with its reading. */
export interface ReadingTask {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly options: ReadingOptions;
}

/** Said first: the thread takes files from now on. */
export const READY = 'ready';
