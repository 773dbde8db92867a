import { defineCommand } from '../command.ts';
import { duration, list, text, toggle } from '../flags/flag.ts';

export const rollback = defineCommand({
  name: 'rollback',
  summary: 'give instances back the lists of an earlier revision or moment',
  description:
    'Makes a plan like any other, shows it, asks, writes, and reads every list back; guards, exit codes and the journal\n' +
    '(cause rolled-back) are those of `cvmsg apply`. Git stays the truth: a controller or an apply that follows the\n' +
    'declared revision writes its lists again. --write DIR writes the documents that make the rollback last, and\n' +
    'nothing to the cloud.',
  args: [],
  flags: {
    to: text({
      value: 'REVISION|JOURNAL-ID',
      description:
        'a revision (as for `cvmsg diff`): what it declared; or a plain number: the fleet as it stood right after that journal entry',
    }),
    instance: list({
      value: 'INSTANCE-ID',
      description: 'only this instance; may be given more than once',
    }),
    yes: toggle({ short: 'y', description: 'do not ask; needed where there is no terminal' }),
    write: text({
      value: 'DIR',
      description: 'write YAML documents into this directory of bindings instead of lists to the cloud',
      completion: 'directory',
    }),
    plan: text({
      value: 'DIGEST',
      description: 'do the plan with this digest and nothing else, without asking',
    }),
    timeout: duration({ description: 'longest time until all is in sync', fallbackText: '15m' }),
  },
  uses: ['state', 'policy', 'logs', 'api', 'cloud', 'reads', 'writes', 'limits', 'traffic', 'interval'],
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg rollback --to latest~1', 'what the revision before the newest declared'],
    ['cvmsg rollback --to 41', 'undo entry 42 of the journal and everything after it'],
    ['cvmsg rollback --to 41 --instance ins-4q118hl2 --yes', 'one instance, in a pipeline'],
    ['cvmsg rollback --to 1a2b3c --write bindings/', 'the documents of that commit, for a pull request'],
  ],
  more:
    'What --to means:\n' +
    '  REVISION    every instance that the revision declared gets the list that it declared; others stay as they are.\n' +
    '              The start of a commit hash or digest, #ID (quoted), latest, latest~1; see `cvmsg history --revisions`.\n' +
    '  JOURNAL-ID  every instance that was written after that entry gets the list that its first later entry found.\n' +
    '              Writes that the cloud rejected do not count. To undo entry N say --to N-1; --to 0 undoes everything.',
  load: async () => (await import('./perform-rollback.ts')).performRollback,
});
