import { defineCommand } from '../command.ts';
import { CLUSTER_FLAGS, NAMESPACE_FLAG } from '../flags/cluster-flags.ts';
import { toggle } from '../flags/flag.ts';

export const get = defineCommand({
  name: 'get',
  summary: 'list the bindings and how they stand',
  description:
    'Reads the state directory, also while a controller runs on it, or with --kubernetes the objects of a cluster: one\n' +
    'line for each binding, those that are not ready first. MODE is what is done about drift, AGE the time since READY\n' +
    'last changed. With -o yaml or json: whole objects with conditions and instances, as kubectl shows them.',
  args: [
    { syntax: '[KIND]', description: 'bindings, the only kind', completion: ['bindings'] },
    { syntax: '[NAME]', description: 'one binding: name or namespace/name', completion: 'none' },
  ],
  flags: {
    notReady: toggle({ description: 'only bindings that are not ready' }),
    watch: toggle({ short: 'w', description: 'go on, with a line for each binding that reads differently' }),
    namespace: NAMESPACE_FLAG,
    ...CLUSTER_FLAGS,
  },
  uses: ['state'],
  outputs: ['text', 'json', 'yaml', 'wide'],
  examples: [
    ['cvmsg get', 'all bindings'],
    ['cvmsg get --not-ready -o wide', 'what needs somebody, with the reason in a sentence'],
    ['cvmsg get --kubernetes -n shop -w', 'the objects of a namespace, as they change'],
    ['cvmsg get bindings shop/web -o yaml', 'one binding with its conditions and instances'],
    ["cvmsg get -o json | jq '.items[].status.conditions'", 'for a program'],
  ],
  load: async () => (await import('./perform-get.ts')).performGet,
});
