/** Builds the image without a container engine: with buildah, on a stand-in for the base image that Debian makes. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TAG = 'localhost/cvmsg:test';
const NEEDED = ['buildah', 'debootstrap', 'unshare', 'npm'];

/** Why the image is not built in this run; undefined when it is. */
export function whyNoImage(): string | undefined {
  if (process.getuid?.() !== 0) return 'building without a container engine needs root';
  const missing = NEEDED.filter(
    (program) => !existsSync(`/usr/bin/${program}`) && !existsSync(`/usr/sbin/${program}`),
  );
  if (missing.length > 0) return `install ${missing.join(', ')}`;
  return existsSync(ownNode()) ? undefined : `npm ci brought no node for this machine (${ownNode()})`;
}

/** The Node.js that the project brings along, whatever runs the tests. */
function ownNode(): string {
  return join(ROOT, 'node_modules', `node-linux-${process.arch}`, 'bin/node');
}

/** The image that the Dockerfile names as its base. */
export function baseImage(): string {
  const [, name] = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
  if (name === undefined) throw new Error('the Dockerfile has no "ARG NODE_IMAGE="');
  return name;
}

export interface BuiltImage extends Disposable {
  /** The root of its files. */
  readonly folder: string;
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
}

/** Builds the image and unpacks it. @throws with the output of the tool that failed. */
export function buildImage(): BuiltImage {
  const work = mkdtempSync(join(tmpdir(), 'cvmsg-image-'));
  const options = ['--storage-driver', 'vfs', '--root', join(work, 'root'), '--runroot', join(work, 'run')];
  const buildah = (...args: string[]) => output('buildah', [...options, ...args]).trim();
  const dispose = () => rmSync(work, { recursive: true, force: true });
  try {
    const base = buildah('from', 'scratch');
    buildah('add', '--quiet', base, standInBase(), '/');
    for (const [name, value] of Object.entries(STAND_IN_ENV))
      buildah('config', '--env', `${name}=${value}`, base);
    buildah('commit', '--quiet', '--rm', base, baseImage());
    buildah('bud', '--pull-never', '--volume', `${npmCache()}:/root/.npm`, '--tag', TAG, ROOT);
    const container = buildah('from', '--pull-never', TAG);
    return {
      folder: buildah('mount', container),
      config: JSON.parse(buildah('inspect', '--type', 'image', TAG)).OCIv1.config,
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const STAND_IN_ENV = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  NODE_EXTRA_CA_CERTS: CERTIFICATES,
};

/** What npm has fetched before, kept outside the checkout: most of the time goes into fetching it again. */
function npmCache(): string {
  const folder = join(cacheFolder(), 'npm');
  mkdirSync(folder, { recursive: true });
  return folder;
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cvmsg');
}

/** Debian with the project's own Node.js, npm and trusted certificates, kept outside the checkout. */
function standInBase(): string {
  const folder = join(cacheFolder(), 'stand-in-base', `${baseImage().replaceAll(/[:@]/g, '_')}-own-node`);
  if (existsSync(folder)) return folder;
  process.stderr.write(`making a stand-in for ${baseImage()} in ${folder}: about a minute, once\n`);
  const making = `${folder}.making-${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  try {
    fillBase(making);
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

function fillBase(making: string): void {
  output('debootstrap', ['--variant=minbase', 'bookworm', making]);
  const modules = join(making, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(npmFolder(), join(modules, 'npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(making, 'usr/local/bin/npm'));
  cpSync(ownNode(), join(making, 'usr/local/bin/node'), { dereference: true });
  chmodSync(join(making, 'usr/local/bin/node'), 0o755);
  const certificates = process.env.NODE_EXTRA_CA_CERTS ?? CERTIFICATES;
  mkdirSync(join(making, dirname(CERTIFICATES)), { recursive: true });
  if (existsSync(certificates)) cpSync(certificates, join(making, CERTIFICATES), { dereference: true });
  rmSync(join(making, 'var/cache'), { recursive: true, force: true });
  rmSync(join(making, 'var/lib/apt/lists'), { recursive: true, force: true });
}

/** Where npm itself lives; `npm root` would answer for the Node.js that comes with the checkout. */
function npmFolder(): string {
  const folder = (process.env.PATH ?? '').split(':').find((one) => existsSync(join(one, 'npm')));
  if (folder === undefined) throw new Error('there is no npm in PATH');
  return dirname(dirname(realpathSync(join(folder, 'npm'))));
}

function output(program: string, args: readonly string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, BUILDAH_ISOLATION: 'chroot', DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
