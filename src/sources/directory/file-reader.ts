/** Who turns the bytes of a file into documents: this thread, or another one where nothing may be held up. */
import { type ReadingOptions, readDocuments } from '../../api/document-reader.ts';
import type { FileReading } from '../../api/file-reading.ts';

/** Reads one file at a time. */
export interface FileReader {
  /** Never throws for what a file holds. Rejects only when the signal aborts. */
  read(
    file: string,
    bytes: Uint8Array,
    options: ReadingOptions & { readonly signal: AbortSignal },
  ): FileReading | Promise<FileReading>;
  /** Gives back what reading needed. */
  close(): void;
}

/** Reads at once, however long it takes: for commands, and where time is not real. */
export const readHere = (): FileReader => ({ read: readDocuments, close() {} });
