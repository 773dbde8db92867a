/**
 * `npm run mutate -- [--count N] [--seed N] [--again] [--at FILE:LINE]… [PATH…]`: draws N small changes of the sources, or takes all at
 * these lines, and runs, for each, the tests that can find it. It works in a copy of the tree, so the checkout is never touched, and at the
 * lowest priority. What was judged before is not judged again; with `--again` what was not found is.
 */
import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Random, seededRandom } from '../src/runtime/random.ts';
import { type Mutant, mutantsOf } from './mutation/mutants.ts';
import { sourceFiles } from './mutation/suites.ts';
import { VerdictBook } from './mutation/verdict-book.ts';
import { type Judgement, type Verdict, Workshop } from './mutation/workshop.ts';

const ROOT = resolve(import.meta.dirname, '..');
const PATHS = ['src/core', 'src/controller', 'src/store', 'src/directory', 'src/kubernetes/source'];
const USAGE = 'usage: npm run mutate -- [--count N] [--seed N] [--again] [--at FILE:LINE]… [PATH…]\n';

/** Different ones, in random order. */
function draw(mutants: readonly Mutant[], count: number, random: Random): Mutant[] {
  const pool = [...mutants];
  const drawn: Mutant[] = [];
  while (drawn.length < count && pool.length > 0) {
    drawn.push(...pool.splice(Math.floor(random.next() * pool.length), 1));
  }
  return drawn;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    again: { type: 'boolean', default: false },
    at: { type: 'string', multiple: true, default: [] },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!Number.isSafeInteger(count) || !Number.isSafeInteger(seed) || count < 1) {
  process.stderr.write(USAGE);
  process.exit(1);
}

const lines = new Set(values.at);
const all = sourceFiles(ROOT, positionals.length > 0 ? positionals : PATHS)
  .flatMap((file) => mutantsOf(file, readFileSync(join(ROOT, file), 'utf8')))
  .filter(({ file, line }) => lines.size === 0 || lines.has(`${file}:${line}`));
const drawn = draw(all, count, seededRandom(seed));
const book = new VerdictBook();
const isOpen = (judgement: Judgement | undefined) =>
  judgement === undefined || (values.again && /survived|undecided/.test(judgement.verdict));
const open = drawn.filter((mutant) => isOpen(book.of(mutant)));
process.stdout.write(`${drawn.length} of ${all.length} mutants, seed ${seed}, ${open.length} to judge\n`);
setPriority(constants.priority.PRIORITY_LOW);
await judgeAll(open);

async function judgeAll(mutants: readonly Mutant[]): Promise<void> {
  if (mutants.length === 0) return;
  const workshop = new Workshop(ROOT);
  process.on('exit', () => workshop.close());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
  for (const [at, mutant] of mutants.entries()) {
    const began = performance.now();
    const { verdict, by } = await workshop.judge(mutant);
    book.add(mutant, { verdict, by });
    const took = `${((performance.now() - began) / 1_000).toFixed(1)} s`;
    process.stdout.write(
      `${at + 1}/${mutants.length} ${verdict.padEnd(9)} ${mutant.file}:${mutant.line} ${mutant.change} (${by}, ${took})\n`,
    );
  }
}

const counts: Record<Verdict, number> = { killed: 0, hangs: 0, survived: 0, undecided: 0 };
for (const mutant of drawn) counts[book.of(mutant)?.verdict ?? 'undecided']++;
const found = counts.killed + counts.hangs;
const share = ((100 * found) / Math.max(drawn.length, 1)).toFixed(1);
process.stdout.write(
  `${found} of ${drawn.length} found (${share} %), ${counts.survived} survived, ${counts.undecided} undecided\n`,
);
process.stdout.write(`the list: ${book.list(`seed-${seed}-of-${drawn.length}`, drawn)}\n`);
process.exit();
