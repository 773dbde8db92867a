import { text } from '../flags/flag.ts';
import { defineCommand } from './command.ts';

export const run = defineCommand({
  name: 'run',
  summary: 'keep the instances as a directory declares them, until stopped',
  description:
    'Keeps every instance as the YAML files of a directory declare it: follows new revisions, checks all instances\n' +
    'for drift each --interval, and writes what differs. The directory may be published by git-sync, be a ConfigMap\n' +
    'volume, a git checkout or a plain folder. SIGTERM finishes the calls in flight and ends within 10 s.',
  args: [],
  flags: {
    source: text({
      value: 'DIR',
      description: 'the directory of bindings (needed)',
      completion: 'directory',
    }),
  },
  outputs: ['text'],
  examples: [
    ['cvmsg run --source /git/current', 'follow what git-sync publishes'],
    ['cvmsg run --source ./bindings --endpoint http://127.0.0.1:8099', 'against a simulator'],
    ['CVMSG_RUN_SOURCE=/git/current cvmsg run --state-dir /var/lib/cvmsg --log-format json', 'as a service'],
  ],
  load: async () => (await import('../run/perform-run.ts')).performRun,
});
