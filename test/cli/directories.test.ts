import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { A, B, bindingText, instanceId, REGION, Workspace } from './workspace.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const WEB = bindingText({ instances: [instanceId(0)], groups: [A] });

describe.concurrent('a directory of bindings', () => {
  it.each([
    { args: (file: string) => ['plan', file], flag: '' },
    { args: (file: string) => ['apply', file, '--yes'], flag: '' },
    { args: (file: string) => ['run', '--source', file], flag: '--source: ' },
    { args: (file: string) => ['approve', DIGEST, '--source', file], flag: '--source: ' },
    { args: (file: string) => ['rollback', '--to', 'latest', '--write', file], flag: '--write: ' },
    {
      args: (file: string) => ['export', '--region', REGION, '--all', '--out', file],
      flag: '--out: ',
    },
  ])('is demanded where a file is named: $flag', async ({ args, flag }) => {
    await using workspace = await Workspace.open([[A]]);
    const file = workspace.write('web.yaml', WEB);
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const { code, stdout, stderr } = await workspace.run(args(file));
    expect(stderr).toBe(
      `error: ${flag}"${file}" is a file; name a directory, such as "${workspace.bindings}"\n`,
    );
    expect([code, stdout]).toEqual([1, '']);
  });
});
