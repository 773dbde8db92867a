import { defineCommand } from '../command.ts';
import { CLUSTER_FLAGS, OBJECTS_NAMESPACE_FLAG } from '../flags/cluster-flags.ts';

export const why = defineCommand({
  name: 'why',
  summary: 'explain the list of one instance',
  description:
    'Tells of one instance: where its list is declared, what was read last and what stands between, its state with the\n' +
    "cloud's own words, the last write with its reason and outcome, the next check, and who else claims it. With\n" +
    '--kubernetes: what the objects of a cluster tell, which keep the last ten writes of each binding.\n' +
    'Where the rules of its groups can be read, also those in their order, which of them can never match, and what a\n' +
    'list that differs from the declared one opens and closes. Where not, or not within 10s, one line says why.',
  args: [{ syntax: '<INSTANCE-ID>', description: 'such as ins-4q118hl2', completion: 'none' }],
  flags: {
    namespace: OBJECTS_NAMESPACE_FLAG,
    ...CLUSTER_FLAGS,
  },
  uses: ['state', 'logs', 'api', 'cloud', 'reads', 'traffic'],
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg why ins-4q118hl2', 'why has this instance these groups?'],
    ['cvmsg why ins-4q118hl2 --kubernetes', 'the same, by the objects of a cluster'],
    ['cvmsg why ins-4q118hl2 --traffic off', 'by the state alone, without asking the cloud'],
    ['cvmsg why ins-4q118hl2 -o json', 'for a program'],
  ],
  more:
    'Reading the rules of groups needs vpc:DescribeSecurityGroupPolicies and cvm:DescribeSecurityGroupPolicys; see\n' +
    'docs/traffic.md.',
  load: async () => (await import('./perform-why.ts')).performWhy,
});
