/**
 * A warm vitest over the tree in which it was started: runs the stages that its parent sends, one after the other, each with the modules as
 * they are on the disk at that moment. All files of a stage share one worker, which imports what they have in common once.
 */
import { join, relative } from 'node:path';
import { createVitest, type TestSpecification } from 'vitest/node';
import type { Stage } from './suites.ts';

/** What the parent sends: a stage, and the files that were changed since the last one. */
export interface StageRequest extends Stage {
  readonly changed: readonly string[];
}
export interface StageReply {
  /** The files with tests that failed; empty when all have passed. */
  readonly failed: readonly string[];
}

/** Keeps the order that it is given. */
class GivenOrder {
  shard(files: TestSpecification[]): TestSpecification[] {
    return files;
  }
  sort(files: TestSpecification[]): TestSpecification[] {
    return files;
  }
}

const root = process.cwd();
const vitest = await createVitest(
  {
    root,
    watch: false,
    bail: 1,
    isolate: false,
    maxWorkers: 1,
    reporters: [{}],
    cache: false,
    sequence: { sequencer: GivenOrder },
  },
  { cacheDir: join(root, '.vite'), logLevel: 'silent' },
);
await vitest.init();

async function run({ files, pattern, changed }: StageRequest): Promise<StageReply> {
  for (const file of changed) vitest.invalidateFile(join(root, file));
  const options = pattern === undefined ? undefined : { testNamePattern: new RegExp(pattern) };
  const project = vitest.getRootProject();
  const specifications = files.map((file) => project.createSpecification(join(root, file), options));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const failed = testModules.filter((module) => !module.ok()).map(({ moduleId }) => relative(root, moduleId));
  // What nobody has caught may be of any of them.
  return { failed: failed.length === 0 && unhandledErrors.length > 0 ? files : failed };
}

process.on('message', (request: StageRequest) => {
  run(request).then(
    (reply) => process.send?.(reply),
    // A module that cannot be loaded at all.
    () => process.send?.({ failed: request.files } satisfies StageReply),
  );
});
process.on('disconnect', () => process.exit());
