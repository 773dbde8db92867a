/** Which tests can find a mutant of a file, those most likely to first: each stage runs only when the one before has found nothing. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What one run is given. It ends at the first test that fails. */
export interface Stage {
  readonly name: string;
  /** In the order in which they run. */
  readonly files: readonly string[];
  /** Only tests whose names fit. */
  readonly pattern?: string;
}

/** Rooms whose tests run a few seconds altogether; those of a mutant's own come first. */
const ROOMS = ['core', 'store', 'directory', 'kubernetes', 'controller'];
/** Suites of whole worlds. */
const WORLDS = ['test/directory', 'test/faults'];
/** As many histories as fit into the time of a stage. */
const HISTORIES = 'histories from seed 21 on';

/** The sources below these paths that are written by hand. */
export function sourceFiles(root: string, paths: readonly string[]): string[] {
  const found = paths.flatMap((path) =>
    path.endsWith('.ts') ? [path] : globSync(join(path, '**/*.ts'), { cwd: root }),
  );
  return found.filter((file) => !/\.(test|generated)\.ts$/.test(file)).sort();
}

/** The stages for a mutant of this file. */
export function stagesFor(root: string, file: string): Stage[] {
  const room = file.split('/')[1] ?? '';
  const testsIn = (folder: string) => globSync(join(folder, '**/*.test.ts'), { cwd: root }).sort();
  const near = nearestFirst(root, file, testsIn(join('src', room)));
  const others = ROOMS.filter((other) => other !== room).flatMap((other) => testsIn(join('src', other)));
  const simulation = 'test/simulation/simulation.test.ts';
  return [
    { name: 'tests of its room', files: near },
    { name: 'tests of the other rooms', files: nearestFirst(root, file, others) },
    { name: 'the simulation', files: [simulation], pattern: HISTORIES },
    ...WORLDS.map((world) => ({ name: world, files: testsIn(world) })),
  ];
}

/** The one that bears its name, those that name the module, those beside it, and the others. */
function nearestFirst(root: string, file: string, tests: readonly string[]): string[] {
  const own = file.replace(/\.ts$/, '.test.ts');
  const distance = (test: string) => {
    if (test === own) return 0;
    if (readFileSync(join(root, test), 'utf8').includes(`/${basename(file)}'`)) return 1;
    return dirname(test) === dirname(file) ? 2 : 3;
  };
  return tests
    .map((test) => ({ test, at: distance(test) }))
    .sort((a, b) => a.at - b.at)
    .map(({ test }) => test);
}
