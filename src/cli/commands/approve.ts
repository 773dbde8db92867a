import { text, toggle } from '../flags/flag.ts';
import { namespaceFault } from '../flags/namespace.ts';
import { defineCommand } from './command.ts';

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
    kubernetes: toggle({ description: 'objects of a cluster; --kubeconfig and --context say the same' }),
    namespace: text({
      short: 'n',
      value: 'NAME',
      description: 'only objects of this namespace (default: all)',
      check: namespaceFault,
    }),
    kubeconfig: text({ value: 'FILE', description: 'how to reach the cluster', completion: 'file' }),
    context: text({ value: 'NAME', description: 'a context of the kubeconfig' }),
    by: text({ value: 'WHO', description: 'who approves, for a document (default: user@host)' }),
    reason: text({ description: 'why; the journal keeps it' }),
  },
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg approve', 'what waits, as the state directory tells'],
    ['cvmsg approve sha256:1a2b… --source bindings/', 'for a directory; commit and push the new file'],
    ['cvmsg approve sha256:1a2b… --kubernetes', 'for the objects of a cluster'],
  ],
  load: async () => (await import('../approve/perform-approve.ts')).performApprove,
});
