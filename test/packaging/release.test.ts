import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { baseImage } from './image.ts';

const folder = mkdtempSync(join(tmpdir(), 'cvmsg-release-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

function release(...args: readonly string[]) {
  const script = ['scripts/release.ts', '--allow-uncommitted', '--out', join(folder, 'out'), ...args];
  return spawnSync(process.execPath, script, { encoding: 'utf8' });
}

describe('a release', () => {
  it.each([
    { reason: 'no base image is named', args: [], said: 'not named by its digest' },
    { reason: 'its tag may be moved', args: ['--node-image', baseImage()], said: 'not named by its digest' },
    {
      reason: 'its digest is cut',
      args: ['--node-image', `${baseImage()}@sha256:0a0a`],
      said: 'not named by its',
    },
    {
      reason: 'it has another Node.js than the tests run on',
      args: ['--node-image', `node:22.1.0-bookworm-slim@${DIGEST}`],
      said: 'the base image is "node:22.1.0-bookworm-slim", and the tests run on node:',
    },
  ])('is refused where $reason', ({ args, said }) => {
    const { status, stderr, stdout } = release(...args);
    expect(stderr).toContain(said);
    expect([status, stdout]).toEqual([1, '']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has a bill of materials of what is installed with the program, and builds the image from the digest', () => {
    const image = `mirror.example.com/library/${baseImage()}@${DIGEST}`;
    const { status, stdout, stderr } = release('--node-image', image);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(`--build-arg NODE_IMAGE=${image}`);
    const bill = JSON.parse(readFileSync(join(folder, `out/cvmsg-${version}.cdx.json`), 'utf8'));
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'cvmsg', version } },
    });
    const names = bill.components.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['undici', 'yaml', 'ajv', 'fast-deep-equal']));
    expect(names).not.toContain('vitest');
  });
});
