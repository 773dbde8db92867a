import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Program } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'cvmsg-no-cluster-'));
afterAll(() => rmSync(folder, { recursive: true }));

function kubeconfig(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

// Nobody listens there.
const unreachable = kubeconfig(
  'unreachable',
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'one', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'me', user: { token: 'secret-token' } }],
    contexts: [
      { name: 'here', context: { cluster: 'one', user: 'me' } },
      { name: 'there', context: { cluster: 'one', user: 'me' } },
    ],
  }),
);
const empty = kubeconfig('empty', '{}');
const broken = kubeconfig('broken', 'a: [');
const absent = join(folder, 'absent');

describe.concurrent('a command that cannot speak to its cluster', () => {
  it.each([
    { args: ['--kubeconfig', absent], says: [absent, 'no such file'], reason: 'no file' },
    { args: ['--kubeconfig', broken], says: [broken, 'cannot be read'], reason: 'a broken file' },
    { args: ['--kubeconfig', empty], says: ['no cluster', '--kubeconfig'], reason: 'an empty file' },
    {
      args: ['--kubeconfig', unreachable, '--context', 'her'],
      says: ['no context "her"', '"here", "there"'],
      reason: 'a mistyped context',
    },
  ])('says why in one sentence: $reason', async ({ args, says }) => {
    for (const command of [
      ['run', '--kubernetes'],
      ['reconcile', 'web'],
      ['approve', '--kubernetes'],
    ]) {
      const { code, stderr } = await new Program([...command, ...args]).ended;
      expect(code, command[0]).toBe(1);
      for (const text of says) expect(stderr, command[0]).toContain(text);
      expect(stderr, command[0]).toMatch(/^error: /);
      expect(stderr, 'no stack').not.toMatch(/^ {4}at |Error:/m);
    }
  });

  it('says so when a server is not there', async () => {
    const { code, stderr } = await new Program(['reconcile', 'web', '--kubeconfig', unreachable]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('ECONNREFUSED');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('secret-token');
  });
});

describe.concurrent('the namespace of a command that asks objects only', () => {
  it.each([['plan', folder], ['diff', 'latest~1', 'latest'], ['why', 'ins-00000001'], ['approve']])(
    'is told by its help to go with --kubernetes, and is refused without it: %s',
    async (...command) => {
      const { code, stderr } = await new Program([...command, '-n', 'shop']).ended;
      expect([code, stderr]).toEqual([1, expect.stringContaining('--namespace goes with --kubernetes')]);
      const help = await new Program([command[0] ?? '', '--help']).ended;
      expect(help.stdout).toMatch(/--namespace <NAME>\s+with --kubernetes: /);
    },
  );
});
