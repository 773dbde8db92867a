/** `npm run build`: compiles src/ to dist/, whose main.js is the `cvmsg` program. */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles into a fresh dist/. Returns the compiler's exit code. */
export function build(): number {
  rmSync(`${root}/dist`, { recursive: true, force: true });
  const compiler = `${root}/node_modules/typescript/bin/tsc`;
  const { status } = spawnSync(process.execPath, [compiler, '-p', `${root}/tsconfig.build.json`], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status === 0) chmodSync(`${root}/dist/main.js`, 0o755);
  return status ?? 1;
}

process.exitCode = build();
