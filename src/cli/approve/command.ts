import { defineCommand } from '../command.ts';
import { CLUSTER_FLAGS, OBJECTS_NAMESPACE_FLAG } from '../flags/cluster-flags.ts';
import { text } from '../flags/flag.ts';

export const approve = defineCommand({
  name: 'approve',
  summary: 'let a plan pass that changes many instances at once',
  description:
    'Without a digest: lists the plans that wait for an approval. With one: writes the approval where the controller\n' +
    'looks for it, a document under approvals/ of the directory that it follows, or an annotation of the objects whose\n' +
    'plan it is, under the name that the API server knows you by. An approval passes exactly the plan that it names, once, within a day, and the journal tells who gave\n' +
    'it. It lifts the blast radius and nothing else. Look at the plan first: `cvmsg plan` and `cvmsg why` show it.',
  args: [
    {
      syntax: '[DIGEST]',
      description: 'the digest that the plan or the condition names',
      completion: 'none',
    },
  ],
  flags: {
    source: text({
      value: 'DIR',
      description: 'the directory that the controller follows',
      completion: 'directory',
      severalFix: 'give an approval for each',
    }),
    namespace: OBJECTS_NAMESPACE_FLAG,
    ...CLUSTER_FLAGS,
    by: text({ value: 'WHO', description: 'who approves, for a document (default: user@host)' }),
    reason: text({ description: 'why; the journal keeps it' }),
  },
  uses: ['state', 'policy'],
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg approve', 'what waits, as the state directory tells'],
    ['cvmsg approve sha256:1a2b… --source bindings/', 'for a directory; commit and push the new file'],
    ['cvmsg approve sha256:1a2b… --kubernetes', 'for the objects of a cluster'],
  ],
  load: async () => (await import('./perform-approve.ts')).performApprove,
});
