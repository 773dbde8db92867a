import { defineCommand } from '../command.ts';
import { CLUSTER_FLAGS, OBJECTS_NAMESPACE_FLAG } from '../flags/cluster-flags.ts';
import { type Flag, text } from '../flags/flag.ts';
import { MAX_REVISION_MIB } from '../flags/revision-limit.ts';

export const diff = defineCommand({
  name: 'diff',
  summary: 'show what changes from one revision or directory to another',
  description:
    'Compares what two directories, two git revisions or two recorded revisions declare, by binding and by instance:\n' +
    'moves, additions and removals in ordered lists, other fields by name. Asks no cloud. A recorded revision is the\n' +
    'start of a commit hash or digest, #ID as `cvmsg history --revisions` lists it (quote it in a shell), latest, or\n' +
    'latest~1 for the one before; one that the state does not keep is looked up by git. With --kubernetes the earlier\n' +
    'side is what the objects of a cluster declare. Exits 0 when both declare the same, 2 when they differ.',
  args: [
    { syntax: '<FROM>', description: 'the earlier one', completion: 'directory' },
    { syntax: '[TO]', description: 'the later one', clusterOnlyWithout: true, completion: 'directory' },
  ],
  flags: {
    source: {
      ...text({
        value: 'DIR',
        description: 'the directory of bindings in the checkout, for git revisions',
        completion: 'directory',
      }),
      fallback: '.',
      defaultText: 'the present directory',
    } as Flag<string>,
    maxRevisionMib: MAX_REVISION_MIB,
    namespace: OBJECTS_NAMESPACE_FLAG,
    ...CLUSTER_FLAGS,
  },
  uses: ['state', 'policy'],
  outputs: ['text', 'json', 'yaml', 'markdown'],
  examples: [
    ['cvmsg diff latest~1 latest', 'what the newest revision changed'],
    ['cvmsg diff main HEAD --source bindings/', 'two git revisions, before anything is merged'],
    ['cvmsg diff bindings/ bindings.new/', 'two directories'],
    ['cvmsg diff bindings/ --kubernetes', 'what a directory would change in a cluster'],
    ["cvmsg diff '#3' latest -o json | jq '.instances'", 'for a program'],
  ],
  load: async () => (await import('./perform-diff.ts')).performDiff,
});
