import { duration } from '../flags/flag.ts';
import { MAX_REVISION_MIB } from '../flags/revision-limit.ts';
import { defineCommand } from './command.ts';

export const plan = defineCommand({
  name: 'plan',
  summary: 'show what apply would change',
  description:
    'Reads the directory and the cloud and shows, for each instance, the moves, additions and removals that lead to\n' +
    'the declared list. Writes nothing. Exits 0 when there is nothing to do, 2 when there are changes, 1 on errors\n' +
    '(invalid documents, an unreachable cloud, unreadable instances), 3 when a guard refuses a change.',
  args: [{ syntax: '<DIR>', description: 'the directory of bindings', completion: 'directory' }],
  flags: {
    timeout: duration({ description: 'longest time for reading the instances', fallbackText: '2m' }),
    maxRevisionMib: MAX_REVISION_MIB,
  },
  outputs: ['text', 'json', 'yaml', 'markdown'],
  examples: [
    ['cvmsg plan bindings/', 'what would change'],
    ['cvmsg plan bindings/ -o markdown', 'for a pull request'],
    ["cvmsg plan bindings/ -o json | jq '.summary'", 'for a program'],
  ],
  load: async () => (await import('../plan/perform-plan.ts')).performPlan,
});
