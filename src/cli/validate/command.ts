import { defineCommand } from '../command.ts';
import { MAX_REVISION_MIB } from '../flags/revision-limit.ts';

export const validate = defineCommand({
  name: 'validate',
  summary: 'judge documents without touching the cloud',
  description:
    'Judges the bindings of files and directories by the schema and rules of the resource, and against each other:\n' +
    'no name twice, no instance claimed twice. Every finding names file, line and column and says what to write.\n' +
    'With --policy the policy file is judged too, and the bindings by those of its rules that need no cloud.\n' +
    'Documents of other kinds are skipped and counted, -o json names their files, and what .cvmsgignore in a\n' +
    'directory names is passed over.\n' +
    'Nothing is sent anywhere.',
  args: [
    {
      syntax: '[PATHS...]',
      description: 'files and directories; - is standard input (default: the present directory)',
      completion: 'file',
    },
  ],
  flags: { maxRevisionMib: MAX_REVISION_MIB },
  uses: ['policy'],
  outputs: ['text', 'json', 'yaml', 'sarif'],
  examples: [
    ['cvmsg validate bindings/', 'all YAML files of a directory'],
    ['cvmsg validate -o sarif bindings/ > findings.sarif', 'for a code-scanning page'],
    ['cvmsg validate --policy policy.yaml bindings/', 'also what the policy has against them'],
    ['git show HEAD:web.yaml | cvmsg validate -', 'from standard input'],
  ],
  load: async () => (await import('./perform-validate.ts')).performValidate,
});
