import { defineCommand } from './command.ts';

export const why = defineCommand({
  name: 'why',
  summary: 'explain the list of one instance',
  description:
    'Tells of one instance: where its list is declared, what was read last and what stands between, its state with the\n' +
    "cloud's own words, the last write with its reason and outcome, the next check, and who else claims it.",
  args: [{ syntax: '<INSTANCE-ID>', description: 'such as ins-4q118hl2', completion: 'none' }],
  flags: {},
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg why ins-4q118hl2', 'why has this instance these groups?'],
    ['cvmsg why ins-4q118hl2 -o json', 'for a program'],
  ],
  load: async () => (await import('../why/perform-why.ts')).performWhy,
});
