import { defineCommand } from '../command.ts';

export const schema = defineCommand({
  name: 'schema',
  summary: 'print the JSON Schema of a document, for editors',
  description:
    'Prints the JSON Schema of a binding, a policy, an approval, or a file of --config or --notify-config. Editors complete\n' +
    'and check by it; what a schema cannot say, `cvmsg validate` does.',
  args: [
    {
      syntax: '<NAME>',
      description: 'binding, policy, approval, config or notify',
      completion: ['binding', 'policy', 'approval', 'config', 'notify'],
    },
  ],
  flags: {},
  uses: [],
  outputs: ['text'],
  examples: [
    ['cvmsg schema binding > binding.json', 'then `# yaml-language-server: $schema=binding.json` in a file'],
    ['cvmsg schema policy | jq .properties', 'what a policy may say'],
  ],
  load: async () => (await import('./perform-schema.ts')).performSchema,
});
