/** Compiles the child processes as the package is compiled, so that reading TypeScript costs them neither time nor memory. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUT = join(ROOT, 'node_modules', '.cache', 'cvmsg-bench');

/** The folder of compiled child scripts; compiled once in each run. */
export function compiledChildren(): string {
  compiled ??= compile();
  return compiled;
}

let compiled: string | undefined;

function compile(): string {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { noEmit: false, noCheck: true, rootDir: ROOT, outDir: OUT, types: ['node'] },
    include: [join(ROOT, 'bench', 'children')],
  };
  writeFileSync(join(OUT, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(OUT, 'package.json'), JSON.stringify({ type: 'module' }));
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = spawnSync(process.execPath, [compiler, '-p', OUT], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`The child processes cannot be compiled: ${run.stdout}`);
  return join(OUT, 'bench', 'children');
}
