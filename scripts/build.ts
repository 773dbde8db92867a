/** `npm run build [-- --out DIR]`: compiles src/ to dist/, whose main.js is the `cvmsg` program. */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles into a fresh folder of the checkout. Returns the compiler's exit code. */
function build(folder: string): number {
  const out = `${root}/${folder}`;
  rmSync(out, { recursive: true, force: true });
  const compiler = `${root}/node_modules/typescript/bin/tsc`;
  const { status } = spawnSync(
    process.execPath,
    [compiler, '-p', `${root}/tsconfig.build.json`, '--outDir', out],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  if (status === 0) chmodSync(`${out}/main.js`, 0o755);
  return status ?? 1;
}

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
process.exitCode = build(values.out);
