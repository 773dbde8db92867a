/** The commands of docs/traffic.md about its worked example say what the page says that they do, about the fleet that stands there. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Program, startSimulator } from './program.ts';

/** What stands before the sections about other fleets. */
const [page = ''] = readFileSync('docs/traffic.md', 'utf8').split('## The list of one instance');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
/** `$ cvmsg …`, perhaps through `jq`, and what it prints. */
const commands = blocks('console').map((text) => {
  const [, line = '', pick, output = ''] =
    /^\$ cvmsg ([^\n|]*?)(?: \| jq \.(\w+))?\n([\s\S]*)$/.exec(text) ?? [];
  return { line, pick, output };
});

describe('the page about traffic', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-page-'));
  let simulator: Program;
  let env: Record<string, string>;

  beforeAll(async () => {
    for (const text of blocks('yaml')) {
      const path = join(folder, /^# (\S+)\n/.exec(text)?.[1] ?? '');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    ({ simulator, env } = await startSimulator(folder, 'fleet.yaml'));
  });

  afterAll(async () => {
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has commands to run', () => {
    expect(commands.map(({ line }) => line.split(' ')[0])).toEqual(['traffic', 'plan', 'plan']);
  });

  it.each(commands)('shows what `cvmsg $line` prints', async ({ line, pick, output }) => {
    const { stdout, stderr } = await new Program(line.split(' '), { cwd: folder, env }).ended;
    expect(stderr).toBe('');
    if (pick === undefined) expect(stdout).toBe(output);
    else expect(JSON.parse(stdout)[pick]).toEqual(JSON.parse(output));
  });
});
