import { defineCommand } from './command.ts';

export const diff = defineCommand({
  name: 'diff',
  summary: 'show what changed between two recorded revisions',
  description:
    'Compares what two revisions declared, by binding and by instance: moves, additions and removals in ordered lists,\n' +
    'other fields by name. Reads the state only. A revision is the start of a commit hash or digest, #ID as\n' +
    '`cvmsg history --revisions` lists it (quote it in a shell), latest, or latest~1 for the one before.\n' +
    'Exits 0 when both declare the same, 2 when they differ.',
  args: [
    { syntax: '<REVISION>', description: 'the earlier one', completion: 'none' },
    { syntax: '<REVISION2>', description: 'the later one', completion: 'none' },
  ],
  flags: {},
  outputs: ['text', 'json', 'yaml', 'markdown'],
  examples: [
    ['cvmsg diff latest~1 latest', 'what the newest revision changed'],
    ['cvmsg diff 1a2b3c 4d5e6f -o markdown', 'two commits, for a review'],
    ["cvmsg diff '#3' latest -o json | jq '.instances'", 'for a program'],
  ],
  load: async () => (await import('../diff/perform-diff.ts')).performDiff,
});
