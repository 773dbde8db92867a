import { defineCommand } from '../command.ts';
import { choice, text, toggle } from '../flags/flag.ts';
import { namespaceProblem } from '../flags/namespace.ts';

export const importCommand = defineCommand({
  name: 'import',
  summary: 'write bindings for the instances of a Terraform state',
  description:
    'Reads the ordered groups (orderly_security_groups) of every tencentcloud_instance in a Terraform state of\n' +
    'version 4 and writes bindings, as export does. Asks no cloud: `cvmsg plan` shows where the state is out of date.\n' +
    'An instance that has several groups and only the unordered set is refused, and then nothing is written, unless\n' +
    '--skip-unordered leaves it out. No other attribute of the state is ever shown.',
  args: [
    {
      syntax: '<FILE>',
      description: 'the state, as `terraform state pull` prints it; - is standard input',
      completion: 'file',
    },
  ],
  flags: {
    from: choice({
      description: 'what the file is; required',
      choices: ['terraform-state'],
      fallback: undefined,
    }),
    namespace: text({
      value: 'NAME',
      description: 'namespace of the bindings (default: none is written)',
      check: namespaceProblem,
    }),
    out: text({
      value: 'DIR',
      description: 'folder for one file a list (default: stdout)',
      completion: 'directory',
    }),
    skipUnordered: toggle({ description: 'leave out instances whose order the state does not tell' }),
  },
  uses: [],
  outputs: ['text', 'json'],
  examples: [
    ['cvmsg import --from terraform-state terraform.tfstate --out bindings/', 'a local state'],
    ['terraform state pull | cvmsg import --from terraform-state - --out bindings/', 'a remote state'],
    ['cvmsg plan bindings/', 'afterwards: what the state does not know'],
  ],
  load: async () => (await import('./perform-import.ts')).performImport,
});
