import { defineCommand } from '../command.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'print a completion script for a shell',
  description: 'Prints a script that makes the shell complete commands, flags and their values.',
  args: [{ syntax: '<SHELL>', description: 'bash, zsh or fish', completion: ['bash', 'zsh', 'fish'] }],
  flags: {},
  uses: [],
  outputs: ['text'],
  examples: [
    ['source <(cvmsg completion bash)', 'bash, for this session'],
    ['cvmsg completion zsh > ~/.zfunc/_cvmsg', 'zsh, for good (with ~/.zfunc in $fpath)'],
    ['cvmsg completion fish > ~/.config/fish/completions/cvmsg.fish', 'fish, for good'],
  ],
  load: async () => (await import('./perform-completion.ts')).performCompletion,
});
