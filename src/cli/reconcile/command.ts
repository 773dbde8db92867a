import { defineCommand } from '../command.ts';
import { CLUSTER_FLAGS } from '../flags/cluster-flags.ts';
import { duration, text, toggle } from '../flags/flag.ts';
import { namespaceProblem } from '../flags/namespace.ts';

export const reconcile = defineCommand({
  name: 'reconcile',
  summary: "read and repair one binding's instances now",
  description:
    "Asks the controller to read a binding's instances at once, before everything else, and to try again what has\n" +
    'failed. In a cluster it sets the annotation cvmsg.dev/reconcile-requested-at on the object; for a directory it\n' +
    'leaves the request in the state directory of the controller that runs there. With --wait it ends when the\n' +
    'controller has handled the request, which it echoes in status.lastHandledReconcileAt.',
  args: [{ syntax: '<NAME>', description: 'a binding: name or namespace/name', completion: 'none' }],
  flags: {
    namespace: text({
      short: 'n',
      value: 'NAME',
      description: "the binding's namespace (default: the context's, or default)",
      check: namespaceProblem,
    }),
    ...CLUSTER_FLAGS,
    wait: toggle({ description: 'wait until the request was handled' }),
    timeout: duration({ description: 'how long --wait waits', fallbackText: '60s' }),
  },
  uses: ['state'],
  outputs: ['text'],
  examples: [
    ['cvmsg reconcile web -n shop --kubernetes --wait', 'an object of the cluster of your kubeconfig'],
    [
      'cvmsg reconcile shop/web --state-dir /var/lib/cvmsg',
      'a binding of the directory that is followed there',
    ],
  ],
  load: async () => (await import('./perform-reconcile.ts')).performReconcile,
});
