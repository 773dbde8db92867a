/** What runs in the thread that `reading-thread.ts` starts. */
import { parentPort } from 'node:worker_threads';
import { readDocuments } from '../documents/document-reader.ts';
import { READY, type ReadingTask } from './reading-thread.ts';

parentPort?.on('message', ({ file, bytes, options }: ReadingTask) => {
  parentPort?.postMessage(readDocuments(file, bytes, options));
});
parentPort?.postMessage(READY);
