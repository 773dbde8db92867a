import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { A, Workspace } from './workspace.ts';

/** Of a cluster where nobody listens. */
function kubeconfig({ folder }: Workspace): string {
  const path = join(folder, 'kubeconfig');
  const context = { cluster: 'one', user: 'me' };
  const config = {
    'current-context': 'laptop',
    clusters: [{ name: 'one', cluster: { server: 'https://127.0.0.1:1' } }],
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
  await using workspace = await Workspace.open([[A]]);
  const program = workspace.start(['run', '--kubernetes', '--kubeconfig', kubeconfig(workspace), ...args]);
  await program.says('whichever is more');
  const { stderr, code } = await program.stop();
  expect(code).toBe(0);
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const GUESSED = /^leases are kept in namespace /;

describe.concurrent('run --kubernetes', () => {
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
