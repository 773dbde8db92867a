/** Who turns the bytes of a file into documents: this thread, or another one where nothing may be held up. */
import { type ReadingOptions, readDocuments } from '../documents/document-reader.ts';
import type { ParsedFile } from '../documents/parsed-file.ts';

/** Reads one file at a time. */
export interface FileReader {
  /** Never throws for what a file holds. Rejects when the signal aborts, and when no file can be read at all. */
  read(
    file: string,
    bytes: Uint8Array,
    options: ReadingOptions & { readonly signal: AbortSignal },
  ): ParsedFile | Promise<ParsedFile>;
  /** Gives back what reading needed. */
  close(): void;
}

/** Reads at once, however long it takes: for commands, and where time is not real. */
export const readHere = (): FileReader => ({ read: readDocuments, close() {} });
