/** A program that the tests use beside a control plane, built from a Go module of this folder. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, goVersion, withBuildLock } from './binaries.ts';

export interface GoProgram {
  readonly name: string;
  /** The folder of its module, beside this file. */
  readonly module: string;
  /** The package to build; its last part names what is built. */
  readonly package: string;
  /** What the program is kept as in the cache. */
  readonly file: string;
  /** How long the build takes. */
  readonly takes: string;
}

/** Why there can be none here, in a sentence for the summary of a test run; undefined when it is here or can be built here. */
export function whyNoProgram(program: GoProgram): string | undefined {
  if (existsSync(pathOf(program)) || goVersion() !== undefined) return undefined;
  return `no ${program.name}: install Go 1.26 (it is then built once, ${program.takes} on two cores)`;
}

/** Finds or builds it; says on stderr what it builds. @throws Error when the build fails. */
export async function programBinary(program: GoProgram): Promise<string> {
  const path = pathOf(program);
  if (existsSync(path)) return path;
  return withBuildLock(() => (existsSync(path) ? path : build(program)));
}

async function build(program: GoProgram): Promise<string> {
  const path = pathOf(program);
  process.stderr.write(`building ${program.name} into ${path}: ${program.takes} on two cores, once\n`);
  const building = `${cacheFolder()}.${program.module}-${process.pid}`;
  mkdirSync(building, { recursive: true });
  mkdirSync(cacheFolder(), { recursive: true });
  const args = ['build', '-ldflags', '-s -w', '-o', `${building}/`, program.package];
  await promisify(execFile)('go', args, {
    cwd: fileURLToPath(new URL(program.module, import.meta.url)),
    env: { ...process.env, CGO_ENABLED: '0' },
    maxBuffer: 64 * 1024 * 1024,
  });
  renameSync(join(building, basename(program.package)), path);
  rmSync(building, { recursive: true, force: true });
  return path;
}

function pathOf({ file }: GoProgram): string {
  return join(cacheFolder(), file);
}
