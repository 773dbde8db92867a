import { defineCommand } from '../command.ts';
import { CLUSTER_FLAGS } from '../flags/cluster-flags.ts';
import { text, toggle, wholeNumber } from '../flags/flag.ts';

export const history = defineCommand({
  name: 'history',
  summary: 'list what was written, when and why, and the revisions that were read',
  description:
    'Reads the journal: every write to the cloud with time, cause, the list before and after, outcome and request id.\n' +
    'Where the rules of the groups were read, it tells what each write opened and closed, and beside the writes what drift\n' +
    'and changed rules did. Newest first; what left in one call with the same lists is one line, and -o wide shows all its instances and\n' +
    'request ids. With --kubernetes: the last ten writes of each binding, which its object keeps. With --revisions, the revisions that were read or applied and what each of them changed.',
  args: [],
  flags: {
    revisions: toggle({ description: 'list revisions instead of writes' }),
    verify: toggle({
      description: 'say whether the journal is as it was written, or where its chain breaks',
    }),
    instance: text({ value: 'INSTANCE-ID', description: 'only writes to this instance' }),
    binding: text({
      value: 'NAMESPACE/NAME',
      description: 'only writes of this binding; NAME alone is one of default',
    }),
    since: text({
      value: 'TIME',
      description: 'not older than this: a duration such as 2h, or an RFC 3339 time',
    }),
    until: text({
      value: 'TIME',
      description: 'not newer than this: a duration such as 10m, or an RFC 3339 time',
    }),
    limit: wholeNumber({
      description: 'at most this many, the newest; 0 for all',
      min: 0,
      fallback: undefined,
      defaultText: '50 where nothing narrows, for people',
    }),
    ...CLUSTER_FLAGS,
  },
  uses: ['state'],
  outputs: ['text', 'json', 'yaml', 'wide'],
  examples: [
    ['cvmsg history --since 2h', 'the last two hours'],
    ['cvmsg history --instance ins-4q118hl2', 'one instance'],
    ['cvmsg history --revisions', 'what was declared when, and by whom it was recorded'],
    ['cvmsg history --verify', 'has anybody changed the journal?'],
    ['cvmsg history --binding shop/web -o json', 'everything that one binding wrote'],
  ],
  load: async () => (await import('./perform-history.ts')).performHistory,
});
