/** `npm run simulate:seeds -- N [FIRST]`: plays N histories and tells the story of each that breaks an invariant. */
import { parseArgs } from 'node:util';
import { runSeed } from './run-seed.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const count = Number(positionals[0] ?? 1_000);
const first = Number(positionals[1] ?? 1);
if (!Number.isSafeInteger(count) || !Number.isSafeInteger(first) || count < 1) {
  process.stderr.write('usage: npm run simulate:seeds -- COUNT [FIRST]\n');
  process.exit(1);
}

let failed = 0;
let writes = 0;
for (let seed = first; seed < first + count; seed++) {
  const result = await runSeed(seed);
  writes += result.writes;
  if (result.violations.length > 0) {
    failed++;
    process.stdout.write(
      `${result.story.join('\n')}\n\nseed ${seed} broke ${result.violations.length} invariants:\n`,
    );
    for (const violation of result.violations) process.stdout.write(`  ${violation}\n`);
  }
  const done = seed - first + 1;
  if (process.stderr.isTTY || done % 100 === 0)
    process.stderr.write(`\r${done} of ${count} seeds, ${failed} failed`);
}
process.stderr.write('\n');
process.stdout.write(`${count} seeds from ${first}: ${failed} failed, ${writes} lists written\n`);
process.exitCode = failed === 0 ? 0 : 1;
