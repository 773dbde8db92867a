/** A reader of a SQLite file in a thread, which leaves when a writer waits for it: no test depends on time. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const READER = `
  const { DatabaseSync } = require('node:sqlite');
  const { parentPort, workerData } = require('node:worker_threads');
  const LOOK = 'SELECT count(*) FROM sqlite_schema';
  const reader = new DatabaseSync(workerData, { readOnly: true });
  reader.exec('BEGIN; ' + LOOK);
  parentPort.postMessage('reads');
  for (let writerWaits = false; !writerWaits; ) {
    const other = new DatabaseSync(workerData, { readOnly: true });
    try {
      other.prepare(LOOK).all();
    } catch {
      writerWaits = true;
    }
    other.close();
  }
  reader.exec('COMMIT');
  reader.close();
`;

/** Resolves when it reads. Disposing of it waits until it has left. */
export async function readerUntilWriterWaits(path: string): Promise<AsyncDisposable> {
  const reader = new Worker(READER, { eval: true, workerData: path });
  const left = once(reader, 'exit');
  await once(reader, 'message');
  return {
    async [Symbol.asyncDispose]() {
      await left;
    },
  };
}
