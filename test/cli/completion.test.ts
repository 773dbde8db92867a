import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Program } from './program.ts';

const script = async (shell: string) => (await new Program(['completion', shell]).ended).stdout;

describe('completion', () => {
  it.each([
    { words: ['cvmsg', 'pl'], wanted: ['plan'] },
    { words: ['cvmsg', 'plan', '--time'], wanted: ['--timeout'] },
    { words: ['cvmsg', '-o', 'ya'], wanted: ['yaml'] },
    { words: ['cvmsg', '--api', 'v2', 'simulate', '--fle'], wanted: ['--fleet'] },
    { words: ['cvmsg', 'completion', 'fi'], wanted: ['fish'] },
  ])('completes "$words" in bash', async ({ words, wanted }) => {
    const lines = `${await script('bash')}
COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _cvmsg; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', lines], { encoding: 'utf8' });
    expect({ stdout: stdout.trim().split(' '), stderr }).toEqual({ stdout: wanted, stderr: '' });
  });

  it('names every command and flag in zsh and fish', async () => {
    const [zsh, fish] = await Promise.all([script('zsh'), script('fish')]);
    for (const word of ['plan', 'simulate', 'history']) {
      expect(zsh).toContain(`'${word}:`);
      expect(fish).toContain(`-a ${word} `);
    }
    expect(zsh).toContain('--state-dir[');
    expect(fish).toContain('-l state-dir ');
  });
});
