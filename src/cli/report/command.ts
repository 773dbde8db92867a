import { defineCommand } from '../command.ts';
import { CLUSTER_FLAGS, NAMESPACE_FLAG } from '../flags/cluster-flags.ts';
import { text, toggle } from '../flags/flag.ts';

export const report = defineCommand({
  name: 'report',
  summary: 'write what changed and how the fleet stands, to hand over',
  description:
    'Tells of some days: how the fleet stands, what changed with who, why, by whose leave and what it opened or closed,\n' +
    'drift and how long it stood, contested instances, what guards refuse, suspensions and emergencies, and lists that\n' +
    'allow what the policy forbids. With --out: one HTML file without script, which prints well. With --csv: the\n' +
    'changes for a spreadsheet. With -o json: all of it. With --kubernetes: from what the objects of a cluster tell.',
  args: [],
  flags: {
    since: text({
      value: 'TIME',
      description: 'the begin: a duration such as 7d, or an RFC 3339 time (default: 7d)',
    }),
    until: text({
      value: 'TIME',
      description: 'the end: a duration such as 1d, or an RFC 3339 time (default: now)',
    }),
    out: text({ value: 'FILE', description: 'write HTML to this file; - for stdout', completion: 'file' }),
    csv: toggle({ description: 'the changes as CSV on stdout' }),
    namespace: NAMESPACE_FLAG,
    ...CLUSTER_FLAGS,
  },
  uses: ['state'],
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg report --since 7d --out report.html', 'the last week, to open, print or hand over'],
    ['cvmsg report --since 2026-03-01 --until 2026-04-01 --csv > march.csv', 'the changes of a month'],
    ['cvmsg report --kubernetes --out report.html', 'by what the objects of a cluster tell'],
    ["cvmsg report -o json | jq '.drift | length'", 'for a program'],
  ],
  load: async () => (await import('./perform-report.ts')).performReport,
});
