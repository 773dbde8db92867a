import { defineCommand } from './command.ts';

export const get = defineCommand({
  name: 'get',
  summary: 'list the bindings and how they stand',
  description:
    'Reads the state directory, also while a controller runs on it: one line for each binding. AGE is the time since\n' +
    'READY last changed. With -o yaml or json: whole objects with conditions and instances, as kubectl shows them.',
  args: [
    { syntax: '[KIND]', description: 'bindings, the only kind', completion: ['bindings'] },
    { syntax: '[NAME]', description: 'one binding: name or namespace/name', completion: 'none' },
  ],
  flags: {},
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg get', 'all bindings'],
    ['cvmsg get bindings shop/web -o yaml', 'one binding with its conditions and instances'],
    ["cvmsg get -o json | jq '.items[].status.conditions'", 'for a program'],
  ],
  load: async () => (await import('../get/perform-get.ts')).performGet,
});
