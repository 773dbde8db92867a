/** Finds the programs of a control plane, or builds them from Go modules into a cache folder outside the checkout. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../../../src/runtime/clock.ts';

export const KUBERNETES_VERSION = 'v1.36.3';
const PROGRAMS = ['etcd', 'kube-apiserver', 'kubectl'] as const;
const MODULE = fileURLToPath(new URL('.', import.meta.url));

export type Binaries = Readonly<Record<(typeof PROGRAMS)[number], string>>;

/** Why there is none, in a sentence for the summary of a test run. */
export const WHY_NONE =
  'no control plane: install Go 1.26 (it is then built once, about six minutes on two cores), or point KUBEBUILDER_ASSETS at a folder with etcd, kube-apiserver and kubectl';

/** The programs, if they are here or can be built here. */
export function controlPlaneIsAvailable(): boolean {
  return locate() !== undefined || goVersion() !== undefined;
}

/** Finds or builds the programs; says on stderr what it builds. @throws Error when the build fails. */
export async function controlPlaneBinaries(): Promise<Binaries> {
  const found = locate();
  if (found !== undefined) return found;
  return withBuildLock(() => locate() ?? build(cacheFolder()));
}

async function build(target: string): Promise<Binaries> {
  process.stderr.write(
    `building etcd, kube-apiserver and kubectl ${KUBERNETES_VERSION} into ${target}: about six minutes on two cores, once\n`,
  );
  const building = `${target}.building-${process.pid}`;
  mkdirSync(building, { recursive: true });
  const version = KUBERNETES_VERSION.slice(1).split('.');
  const stamps = [`gitVersion=${KUBERNETES_VERSION}`, `gitMajor=${version[0]}`, `gitMinor=${version[1]}`].map(
    (stamp) => `-X k8s.io/component-base/version.${stamp}`,
  );
  const packages = ['./etcd', 'k8s.io/kubernetes/cmd/kube-apiserver', 'k8s.io/kubernetes/cmd/kubectl'];
  await promisify(execFile)(
    'go',
    ['build', '-ldflags', `-s -w ${stamps.join(' ')}`, '-o', `${building}/`, ...packages],
    { cwd: MODULE, env: { ...process.env, CGO_ENABLED: '0' }, maxBuffer: 64 * 1024 * 1024 },
  );
  mkdirSync(target, { recursive: true });
  for (const program of PROGRAMS) renameSync(join(building, program), join(target, program));
  rmSync(building, { recursive: true, force: true });
  const built = locate();
  if (built === undefined) throw new Error(`the build left no programs in ${target}`);
  return built;
}

/** One process builds, the others wait for it; a lock whose holder is gone is taken over. */
export async function withBuildLock<T>(work: () => T | Promise<T>): Promise<T> {
  const lock = `${cacheFolder()}.lock`;
  mkdirSync(dirname(lock), { recursive: true });
  while (!take(lock)) await systemClock.sleep(1_000);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function locate(): Binaries | undefined {
  for (const folder of [process.env.KUBEBUILDER_ASSETS, cacheFolder()]) {
    if (folder === undefined || folder === '') continue;
    const paths = PROGRAMS.map((program) => [program, join(folder, program)] as const);
    if (paths.every(([, path]) => existsSync(path))) return Object.fromEntries(paths) as Binaries;
  }
  return undefined;
}

/** Where programs that were built are kept: outside the checkout, by version. */
export function cacheFolder(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'cvmsg', 'control-plane', KUBERNETES_VERSION);
}

/** What Go says of itself; undefined where there is none. */
export function goVersion(): string | undefined {
  try {
    return execFileSync('go', ['version'], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}
