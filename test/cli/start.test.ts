import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { Program } from './program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMANDS = [
  'run',
  'validate',
  'plan',
  'apply',
  'get',
  'why',
  'traffic',
  'history',
  'diff',
  'rollback',
  'reconcile',
  'notify',
  'simulate',
  'completion',
  'demo',
];
const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };

const cvmsg = (...args: string[]) => new Program(args).ended;

describe.concurrent('the command line', () => {
  it('prints its version', async () => {
    expect(await cvmsg('--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('lists every command and the exit codes in its help', async () => {
    const { code, stdout } = await cvmsg('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(stdout).toContain('Exit codes:');
  });

  it('gives every command a description and examples', async () => {
    const helps = await Promise.all(COMMANDS.map((command) => cvmsg(command, '--help')));
    for (const [index, { code, stdout }] of helps.entries()) {
      expect(code).toBe(0);
      expect(stdout.split('\n').slice(1, 4).join(' ').length, COMMANDS[index]).toBeGreaterThan(40);
      expect(stdout).toMatch(/Examples:\n {2}# .+\n {2}.*cvmsg /);
    }
  });

  it('shows examples before the flags of all commands, and of those what the command uses', async () => {
    const { stdout } = await cvmsg('get', '--help');
    expect(stdout.indexOf('Examples:')).toBeLessThan(stdout.indexOf('Flags of all commands:'));
    expect(stdout).toMatch(/-o, --output <text\|json\|yaml\|wide> /);
    expect(stdout).toContain('--state-dir <DIR>');
    for (const flag of ['--endpoint', '--reads-per-second', '--policy']) expect(stdout).not.toContain(flag);
    expect((await cvmsg('plan', '--help')).stdout).not.toContain('--writes-per-second');
  });

  it('documents the control API of the simulator with curl examples', async () => {
    const { stdout } = await cvmsg('simulate', '--help');
    expect(stdout).toContain('PUT    /_sim/instances/<id>');
    expect(stdout).toContain('curl -X POST');
  });

  it.each([
    { args: ['paln'], named: 'Did you mean plan?', reason: 'a mistyped command' },
    { args: ['plan', '--time-out', '3s', '.'], named: 'Did you mean --timeout?', reason: 'a mistyped flag' },
    { args: ['get', '--endpiont', 'x'], named: 'Did you mean --endpoint?', reason: 'a mistyped global flag' },
    { args: ['get', '-o', 'jsno'], named: 'did you mean "json"?', reason: 'a mistyped value' },
    { args: ['get', '-o', 'sarif'], named: 'text, json, yaml', reason: 'a form that the command has not' },
    {
      args: ['get', '-o', 'makrdown'],
      named: 'writes text, json, yaml, wide, got',
      reason: 'no form of any',
    },
    {
      args: ['get', '--endpoint', 'http://x'],
      named: 'does not use it',
      reason: 'a flag that it does not use',
    },
    { args: ['validate', '--state-dir', 'x'], named: '--state-dir: ', reason: 'another one' },
    { args: ['completion', 'bahs'], named: 'did you mean bash?', reason: 'a mistyped shell' },
    { args: ['plan'], named: "missing required argument 'DIR'", reason: 'a missing argument' },
    { args: ['run'], named: '--source DIR', reason: 'a missing flag' },
    {
      args: ['run', '--source', '.', '--interval', 'soon'],
      named: '--interval: Expected a duration',
      reason: 'no duration',
    },
  ])('refuses $reason with exit code 1 and a hint', async ({ args, named }) => {
    const { code, stderr, stdout } = await cvmsg(...args);
    expect(stderr).toContain(named);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('does not repeat what was given to a flag that does not exist', async () => {
    const { code, stderr } = await cvmsg('get', '--secret-key=topsecretvalue');
    expect(code).toBe(1);
    expect(stderr).not.toContain('topsecretvalue');
  });

  it('ends quietly when its reader has seen enough', () => {
    const line = `"${process.execPath}" "${ROOT}src/main.ts" completion bash | head -c 10`;
    const { stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', line], { encoding: 'utf8' });
    expect({ stdout: stdout.length, stderr }).toEqual({ stdout: 10, stderr: '' });
  });
});

describe('the built program', () => {
  const bin = `${ROOT}dist/main.js`;

  beforeAll(() => {
    execFileSync(process.execPath, [`${ROOT}scripts/build.ts`], { cwd: ROOT });
  });

  it('is an executable file with a node shebang that prints its version and validates', () => {
    const env = { PATH: `${ROOT}node_modules/.bin:${process.env.PATH}` };
    expect(readFileSync(bin, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node');
    expect(execFileSync(bin, ['--version'], { encoding: 'utf8', env })).toBe(`${version}\n`);
    const document = `${ROOT}test/contract/documents/good-small.yaml`;
    expect(execFileSync(bin, ['validate', document], { encoding: 'utf8', env })).toContain('no finding');
  });

  it('refuses an older Node with a sentence that says what to do', () => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' });`;
    const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
    const { status, stderr } = spawnSync(process.execPath, ['--import', preload, bin, '--version'], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('cvmsg needs Node.js 24 or newer, and this is 20.20.2');
  });
});
