/** Finds Helm, or builds it from Go modules beside the programs of the control plane. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, goVersion, withBuildLock } from './binaries.ts';

const MODULE = fileURLToPath(new URL('./helm', import.meta.url));

/** Helm, if it is here or can be built here. */
export function helmIsAvailable(): boolean {
  return existsSync(helmPath()) || goVersion() !== undefined;
}

/** Why there is none, in a sentence for the summary of a test run. */
export const WHY_NO_HELM = 'no Helm: install Go 1.26 (it is then built once, about two minutes on two cores)';

/** Finds or builds Helm; says on stderr what it builds. @throws Error when the build fails. */
export async function helmBinary(): Promise<string> {
  const path = helmPath();
  if (existsSync(path)) return path;
  return withBuildLock(() => (existsSync(path) ? path : build(path)));
}

async function build(path: string): Promise<string> {
  process.stderr.write(`building Helm into ${path}: about two minutes on two cores, once\n`);
  const building = `${cacheFolder()}.helm-${process.pid}`;
  mkdirSync(building, { recursive: true });
  mkdirSync(cacheFolder(), { recursive: true });
  const args = ['build', '-ldflags', '-s -w', '-o', `${building}/`, 'helm.sh/helm/v4/cmd/helm'];
  const env = { ...process.env, CGO_ENABLED: '0' };
  await promisify(execFile)('go', args, { cwd: MODULE, env, maxBuffer: 64 * 1024 * 1024 });
  renameSync(join(building, 'helm'), path);
  rmSync(building, { recursive: true, force: true });
  return path;
}

function helmPath(): string {
  return join(cacheFolder(), 'helm');
}
