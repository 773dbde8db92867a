import { text, toggle, wholeNumber } from '../flags/flag.ts';
import { defineCommand } from './command.ts';

export const history = defineCommand({
  name: 'history',
  summary: 'list what was written, when and why, and the revisions that were read',
  description:
    'Reads the journal: every write to the cloud with time, cause, the list before and after, outcome and request id.\n' +
    'Newest first. With --revisions, the revisions that were read or applied and what each of them changed.',
  args: [],
  flags: {
    revisions: toggle({ description: 'list revisions instead of writes' }),
    instance: text({ value: 'INSTANCE-ID', description: 'only writes to this instance' }),
    binding: text({ value: 'NAMESPACE/NAME', description: 'only writes of this binding' }),
    since: text({
      value: 'TIME',
      description: 'not older than this: a duration such as 2h, or an RFC 3339 time',
    }),
    until: text({
      value: 'TIME',
      description: 'not newer than this: a duration such as 10m, or an RFC 3339 time',
    }),
    limit: wholeNumber({ description: 'at most this many lines; 0 for all', min: 0, fallback: 50 }),
  },
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg history --since 2h', 'the last two hours'],
    ['cvmsg history --instance ins-4q118hl2', 'one instance'],
    ['cvmsg history --revisions', 'what was declared when, and by whom it was recorded'],
    ['cvmsg history --binding shop/web --limit 0 -o json', 'everything that one binding wrote'],
  ],
  load: async () => (await import('../history/perform-history.ts')).performHistory,
});
