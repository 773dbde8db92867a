import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Program } from './program.ts';
import { A, B, bindingText, instanceId, REGION, Workspace } from './workspace.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** `script` of util-linux gives a command a terminal. */
const hasTerminal =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

function onTerminal(
  args: readonly string[],
  options: { env: Record<string, string>; stdin: string },
): Program {
  const line = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
  return new Program(['--quiet', '--return', '--command', line, '/dev/null'], {
    ...options,
    command: 'script',
  });
}

describe.skipIf(!hasTerminal).concurrent('on a terminal', () => {
  it.each([
    {
      answer: 'yes\n',
      code: 0,
      list: [A, B],
      words: 'All in sync. 1/1 in sync',
      reason: 'writes after a yes',
    },
    {
      answer: 'no\n',
      code: 1,
      list: [B, A],
      words: 'not confirmed; nothing was written',
      reason: 'writes nothing after a no',
    },
  ])('apply shows the plan, asks, and $reason', async ({ answer, code, list, words }) => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const program = onTerminal(['apply', workspace.bindings], { env: workspace.env, stdin: answer });
    const ended = await program.ended;
    expect(ended.stdout).toContain('\u001b[33m');
    const text = stripVTControlCharacters(ended.stdout);
    expect(text).toContain(`move ${A} 2nd -> 1st`);
    expect(text).toContain('Change 1 instance? Only "yes" or "y" goes ahead:');
    expect(text).toContain(words);
    expect([ended.code, workspace.list(0)]).toEqual([code, list]);
  });

  it('apply says in its question what opens, which is coloured above it', async () => {
    const ingress = [{ action: 'ACCEPT', protocol: 'TCP', port: '22', cidrBlock: '0.0.0.0/0' }] as const;
    const region = {
      securityGroups: [{ securityGroupId: A, ingress }, { securityGroupId: B }],
      instances: [{ instanceId: instanceId(0), securityGroupIds: [B] }],
    };
    const fleet = { accounts: ['default'], regions: { [REGION]: region } };
    await using workspace = await Workspace.open([], { fleet });
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    const args = ['apply', workspace.bindings];
    const { stdout } = await onTerminal(args, { env: workspace.env, stdin: 'no\n' }).ended;
    expect(stdout).toContain('\u001b[31mopens  tcp/22');
    expect(stripVTControlCharacters(stdout)).toContain(
      'Change 1 instance (opens tcp/22 from 0.0.0.0/0)? Only "yes" or "y" goes ahead:',
    );
  });

  it('logs are pretty, and without colours where NO_COLOR is set', async () => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const env = { ...workspace.env, NO_COLOR: '1', CVMSG_ENDPOINT: 'http://127.0.0.1:1' };
    const { stdout, code } = await onTerminal(['plan', workspace.bindings], { env, stdin: '' }).ended;
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d WARN {2}a read failed: connect ECONNREFUSED/m);
    expect(stdout).not.toContain('\u001b[');
    expect(code).toBe(1);
  });

  it('that does not know its size, as in a container, tables are whole and the demo is drawn', async () => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    const options = { env: { ...workspace.env, NO_COLOR: '1' }, stdin: '' };
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const get = await onTerminal(['get'], options).ended;
    expect(get.stdout).toMatch(/^shop +web +True +1\/1 /m);
    const demo = onTerminal(['demo'], { env: { TMPDIR: workspace.folder }, stdin: '' });
    await demo.says('40 of 40 instances in sync');
    await demo.stop();
    expect(demo.stdout).not.toContain('error:');
  });
});
