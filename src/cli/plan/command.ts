import { defineCommand } from '../command.ts';
import { CLUSTER_FLAGS, OBJECTS_NAMESPACE_FLAG } from '../flags/cluster-flags.ts';
import { duration, wholeNumber } from '../flags/flag.ts';
import { MAX_REVISION_MIB } from '../flags/revision-limit.ts';

/** Code hosts take 65,536 characters; a pipeline may add some of its own. */
const MAX_MARKDOWN_LENGTH = 60_000;

export const plan = defineCommand({
  name: 'plan',
  summary: 'show what apply would change',
  description:
    'Reads the directory and the cloud and shows, for each instance, the moves, additions and removals that lead to\n' +
    'the declared list, and by the rules of the groups what these open and close. Writes nothing. Exits 0 when there is\n' +
    'nothing to do, 2 when there are changes, 1 on errors (invalid documents, an unreachable cloud, unreadable\n' +
    'instances), 3 when a guard refuses a change. With --kubernetes: what the status of the objects tells of it; then\n' +
    'the cloud is not asked, and nothing is said of traffic.',
  args: [
    {
      syntax: '[DIR]',
      description: 'the directory of bindings',
      clusterOnlyWithout: true,
      completion: 'directory',
    },
  ],
  flags: {
    timeout: duration({
      description: 'longest time for reading the instances and the rules of groups',
      fallbackText: '2m',
    }),
    maxRevisionMib: MAX_REVISION_MIB,
    maxLength: wholeNumber({
      description:
        'most characters of -o markdown, for a host that takes no longer comment; 0 for any number',
      min: 0,
      fallback: MAX_MARKDOWN_LENGTH,
    }),
    namespace: OBJECTS_NAMESPACE_FLAG,
    ...CLUSTER_FLAGS,
  },
  uses: ['policy', 'logs', 'api', 'cloud', 'reads', 'limits', 'traffic'],
  outputs: ['text', 'json', 'yaml', 'markdown'],
  examples: [
    ['cvmsg plan bindings/', 'what would change'],
    ['cvmsg plan bindings/ -o markdown', 'for a pull request'],
    ['cvmsg plan --kubernetes -n shop', 'what the controller of a cluster would still change'],
    ["cvmsg plan bindings/ -o json | jq '.summary'", 'for a program'],
  ],
  load: async () => (await import('./perform-plan.ts')).performPlan,
});
