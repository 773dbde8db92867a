import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { A, Workspace } from './workspace.ts';

/** Of a cluster where nobody listens. */
function kubeconfig({ folder }: Workspace, cluster: object = {}): string {
  const path = join(folder, 'kubeconfig');
  const context = { cluster: 'one', user: 'me' };
  const config = {
    'current-context': 'laptop',
    clusters: [{ name: 'one', cluster: { server: 'https://127.0.0.1:1', ...cluster } }],
    users: [{ name: 'me', user: { token: 'secret-token' } }],
    contexts: [
      { name: 'laptop', context },
      { name: 'shop', context: { ...context, namespace: 'shop' } },
    ],
  };
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }));
  return path;
}

async function firstLines(...args: readonly string[]) {
  return await linesOf({}, args);
}

async function linesOf(cluster: object, args: readonly string[]) {
  await using workspace = await Workspace.open([[A]]);
  const program = workspace.start([
    'run',
    '--kubernetes',
    '--kubeconfig',
    kubeconfig(workspace, cluster),
    ...args,
  ]);
  await program.says('whichever is more');
  const { stderr, code } = await program.stop();
  expect(code).toBe(0);
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const GUESSED = /^leases are kept in namespace /;

const UNTRUSTED = /anybody on the way can read its token and answer in the server's place/;

describe.concurrent('run --kubernetes', () => {
  it.each([
    { reason: 'does not check the certificate', cluster: { 'insecure-skip-tls-verify': true }, warned: 1 },
    { reason: 'speaks no TLS', cluster: { server: 'http://192.0.2.1:8080' }, warned: 1 },
    { reason: 'checks it', cluster: {}, warned: 0 },
    { reason: 'stays on the machine', cluster: { server: 'http://127.0.0.1:1' }, warned: 0 },
  ])('tells at its start of a kubeconfig that $reason: $warned warning', async ({ cluster, warned }) => {
    const lines = await linesOf(cluster, ['--lease-namespace', 'cvmsg-system']);
    const reported = lines.filter(({ level, msg }) => level === 'warn' && UNTRUSTED.test(String(msg)));
    expect(reported).toHaveLength(warned);
    if ('insecure-skip-tls-verify' in cluster) expect(reported[0]?.msg).toContain('insecure-skip-tls-verify');
  });

  it.each([
    { args: [], namespace: 'default', context: 'laptop' },
    { args: ['--context', 'shop'], namespace: 'shop', context: 'shop' },
  ])(
    'warns that it keeps its leases in namespace $namespace, which only the context $context names',
    async ({ args, namespace, context }) => {
      const lines = await firstLines(...args);
      expect(lines[0]).toMatchObject({
        cluster: 'https://127.0.0.1:1',
        context,
        leaseNamespace: namespace,
      });
      expect(lines.filter(({ msg }) => GUESSED.test(String(msg)))).toEqual([
        expect.objectContaining({
          level: 'warn',
          msg:
            `leases are kept in namespace "${namespace}", as context "${context}" of the kubeconfig has it: a controller that ` +
            'keeps its own elsewhere acts beside this one; name the namespace that all share with --lease-namespace',
        }),
      ]);
    },
  );

  it('warns of nothing where the namespace of the leases is given', async () => {
    const lines = await firstLines('--lease-namespace', 'cvmsg-system');
    expect(lines[0]).toMatchObject({ context: 'laptop', leaseNamespace: 'cvmsg-system' });
    expect(lines.some(({ msg }) => GUESSED.test(String(msg)))).toBe(false);
  });
});
