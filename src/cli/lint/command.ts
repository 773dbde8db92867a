import { defineCommand } from '../command.ts';
import { duration } from '../flags/flag.ts';
import { MAX_REVISION_MIB } from '../flags/revision-limit.ts';

export const lint = defineCommand({
  name: 'lint',
  summary: 'find groups and rules that a declared list names in vain',
  description:
    'Reads the bindings of a directory, and the rules of the groups that their lists name. It warns of groups and rules\n' +
    'of a list that can never match because others come first, and tells for information which rules repeat others and\n' +
    'of which lists the order does not matter. It warns too of lists that allow what the policy forbids to open\n' +
    '(exposure in docs/guards.md). Groups that are not there or cannot be read are errors. Each finding\n' +
    'names file, line and column of the group in the list; what is true of several lists is told once, with all its\n' +
    'places. It holds whatever nobody has read, such as who is in a group that a rule names. Writes nothing to the\n' +
    'cloud and needs no state. Exits 0 without warnings, 2 with some, 1 on errors.',
  args: [{ syntax: '<DIR>', description: 'the directory of bindings, or a file', completion: 'directory' }],
  flags: {
    timeout: duration({ description: 'longest time for reading the rules', fallbackText: '2m' }),
    maxRevisionMib: MAX_REVISION_MIB,
  },
  uses: ['policy', 'logs', 'api', 'cloud', 'reads'],
  outputs: ['text', 'json', 'yaml', 'sarif'],
  examples: [
    ['cvmsg lint bindings/', 'what the lists of a directory say in vain'],
    ['cvmsg lint -o sarif bindings/ > lint.sarif', 'for a code-scanning page'],
    ["cvmsg lint bindings/ -o json | jq '.lists[] | {sgIds, orderedPairs}'", 'the pairs whose order matters'],
  ],
  more:
    'The documents have to be valid; if not, what `cvmsg validate` says is shown and no rule is read. Reading the\n' +
    'rules of groups needs vpc:DescribeSecurityGroupPolicies and cvm:DescribeSecurityGroupPolicys; see\n' +
    'docs/traffic.md.',
  load: async () => (await import('./perform-lint.ts')).performLint,
});
