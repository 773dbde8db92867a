/** Judging 10,000 documents, in process and as a command. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readDocuments } from '../../src/documents/document-reader.ts';
import { checkRevision } from '../../src/documents/revision-check.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Publisher } from '../publisher.ts';
import { count, type Measurement, type Row } from '../row.ts';
import { type Declared, documentsOf, documentText } from '../workload.ts';

const DOCUMENTS = 10_000;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export const validate: Row = {
  name: 'validate',
  async run({ progress }) {
    const documents = documentsOf({
      instances: DOCUMENTS,
      lists: DOCUMENTS,
      instancesPerDocument: 1,
      drifted: 0,
    });
    return [10, 1].flatMap((documentsPerFile) => {
      progress(`validate: ${count(DOCUMENTS / documentsPerFile)} files`);
      return [inProcess(documents, documentsPerFile), asCommand(documents, documentsPerFile)];
    });
  },
};

function inProcess(documents: readonly Declared[], documentsPerFile: number): Measurement {
  const encoder = new TextEncoder();
  const files: Uint8Array[] = [];
  for (let first = 0; first < documents.length; first += documentsPerFile) {
    const texts = documents.slice(first, first + documentsPerFile).map(documentText);
    files.push(encoder.encode(texts.join('---\n')));
  }
  const startedMs = systemClock.now();
  const parsedFiles = files.map((bytes, index) => readDocuments(`file-${index}.yaml`, bytes));
  const diagnostics = [
    ...parsedFiles.flatMap((reading) => reading.diagnostics),
    ...checkRevision(parsedFiles),
  ];
  const tookMs = systemClock.now() - startedMs;
  if (diagnostics.length > 0) throw new Error(`Expected no finding, got ${JSON.stringify(diagnostics[0])}`);
  return measurement('read and check', { documentsPerFile, tookMs });
}

function asCommand(documents: readonly Declared[], documentsPerFile: number): Measurement {
  using publisher = new Publisher(documentsPerFile);
  publisher.prepare(documents);
  publisher.publish();
  const startedMs = systemClock.now();
  const run = spawnSync(process.execPath, [MAIN, 'validate', publisher.root], { encoding: 'utf8' });
  const tookMs = systemClock.now() - startedMs;
  if (run.status !== 0) throw new Error(`cvmsg validate ended with ${run.status}: ${run.stderr}`);
  return measurement('cvmsg validate, start of the process included,', { documentsPerFile, tookMs });
}

function measurement(
  how: string,
  { documentsPerFile, tookMs }: { readonly documentsPerFile: number; readonly tookMs: number },
): Measurement {
  return {
    what: `${how} ${count(DOCUMENTS)} documents in ${count(DOCUMENTS / documentsPerFile)} files`,
    measured: `${count(tookMs)} ms (${count(DOCUMENTS / (tookMs / 1000))} documents/s)`,
    bar: '',
    values: { tookMs },
  };
}
