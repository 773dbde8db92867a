/** The package as `npm install -g` lays it out, started by an older Node. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const older = olderNode();
const why = older === undefined ? ' (skipped: no older Node on this machine)' : '';

/** The first node of the path that is too old to run the program itself. */
function olderNode(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .map((folder) => join(folder, 'node'))
    .find((path) => {
      const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
      return status === 0 && Number(/^v(\d+)/.exec(stdout)?.[1]) < 24;
    });
}

describe.skipIf(older === undefined)(`an installed package under an older Node${why}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-older-node-'));
  const bin = join(folder, 'bin', 'cvmsg');
  const main = join(folder, 'lib', 'node_modules', 'cvmsg', 'dist', 'main.js');
  const { PATH: _, ...environment } = process.env;
  const env = { ...environment, PATH: `${older?.replace(/\/node$/, '')}:/usr/bin:/bin` };

  beforeAll(() => {
    const installed = join(folder, 'lib', 'node_modules', 'cvmsg');
    const out = 'dist-older-node';
    execFileSync(process.execPath, ['scripts/build.ts', '--out', out]);
    mkdirSync(installed, { recursive: true });
    cpSync(out, join(installed, 'dist'), { recursive: true });
    rmSync(out, { recursive: true });
    for (const name of ['package.json', 'crds', 'node_modules'])
      symlinkSync(join(process.cwd(), name), join(installed, name));
    mkdirSync(join(folder, 'bin'));
    symlinkSync(main, bin);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    { what: 'the command', line: () => [bin] },
    { what: 'dist/main.js', line: () => [older ?? '', main] },
  ])('starts $what with the Node that is inside it, and hands on its exit code', ({ line }) => {
    const [command = '', ...first] = line();
    const run = (...args: string[]) => spawnSync(command, [...first, ...args], { env, encoding: 'utf8' });
    expect(run('--version')).toMatchObject({ status: 0, stdout: `${version}\n` });
    const wrong = run('get', '--no-such-flag');
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toContain('--no-such-flag');
    const piped = spawnSync(command, [...first, 'validate', '-'], { env, encoding: 'utf8', input: 'a: 1\n' });
    expect(piped.stdout).toContain('no finding');
  });

  it('hands on a signal, and ends as the program ends', async () => {
    const child = spawn(bin, ['simulate', '--listen', '127.0.0.1:0'], { env });
    await new Promise<void>((resolve) => child.stdout.on('data', (data) => /export/.test(data) && resolve()));
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
  });
});
