import { keepHeapSmall } from '../../runtime/heap-growth.ts';
import { defineCommand } from '../command.ts';
import { duration, list, text, toggle, wholeNumber } from '../flags/flag.ts';
import { labelSelectorProblem } from '../flags/label-selector.ts';
import { namespaceProblem, objectNameProblem } from '../flags/namespace.ts';
import { MAX_REVISION_MIB } from '../flags/revision-limit.ts';

export const run = defineCommand({
  name: 'run',
  summary: 'keep the instances as a directory or a cluster declares them, until stopped',
  description:
    'Keeps every instance as YAML files of a directory (--source) or CvmSecurityGroupBinding objects of a cluster\n' +
    '(--kubernetes), or both, declare it: follows what changes, checks all instances for drift each --interval, and\n' +
    'writes what differs. The directory may be published by git-sync, be a ConfigMap volume, a git checkout or a\n' +
    'plain folder. SIGTERM finishes the calls in flight and ends within 10 s.',
  args: [],
  flags: {
    source: text({
      value: 'DIR',
      description: 'a directory of bindings',
      completion: 'directory',
      severalFix:
        'put both below one directory, or start a controller for each, with a --state-dir of its own',
    }),
    kubernetes: toggle({ description: 'the CvmSecurityGroupBinding objects of a cluster' }),
    kubeconfig: text({
      value: 'FILE',
      description: "how to reach the cluster (default: $KUBECONFIG, ~/.kube/config, else the pod's own)",
      completion: 'file',
    }),
    context: text({ value: 'NAME', description: 'a context of the kubeconfig' }),
    namespace: list({
      value: 'NAME',
      description: 'with --kubernetes: only this namespace; may be given more than once',
      check: namespaceProblem,
    }),
    selector: text({
      value: 'LABELS',
      description: 'with --kubernetes: only objects with these labels, such as team=shop',
      check: labelSelectorProblem,
    }),
    leaseNamespace: text({
      value: 'NAME',
      description: 'where replicas keep their leases (default: the namespace of the pod or context)',
      check: namespaceProblem,
    }),
    httpListen: text({
      value: 'HOST:PORT',
      description: 'serve /healthz, /readyz and /metrics here, such as 0.0.0.0:8080',
    }),
    pageListen: text({
      value: 'HOST:PORT',
      description:
        'serve a page to look at here, such as 127.0.0.1:8090; for operators, who may see everything',
    }),
    maxRevisionMib: MAX_REVISION_MIB,
    maxScopesPerNamespace: wholeNumber({
      description:
        'most accounts and regions that the objects of one namespace, or the documents of one tenant, may name',
      min: 1,
      fallback: 20,
    }),
    keepHistory: duration({
      description: 'how long journal and revisions are kept, such as 12h or 30d',
      fallbackText: '90d',
    }),
    keepHistoryMib: wholeNumber({
      description: 'most MiB of state before the oldest journal entries and revisions go',
      min: 1,
      fallback: 256,
    }),
    roleBinding: text({
      value: 'NAME',
      description:
        'with --namespace: the RoleBinding there with the rights of this controller, kept while lists are put back',
      check: objectNameProblem,
    }),
    oneLease: toggle({ description: 'one lease for all instead of one for each account and region' }),
  },
  uses: [
    'state',
    'policy',
    'logs',
    'api',
    'cloud',
    'reads',
    'writes',
    'limits',
    'traffic',
    'interval',
    'notify',
  ],
  outputs: ['text'],
  examples: [
    ['cvmsg run --source /git/current', 'follow what git-sync publishes'],
    ['cvmsg run --kubernetes', 'in a pod, or against the cluster of your kubeconfig'],
    ['cvmsg run --source ./bindings --endpoint http://127.0.0.1:8099', 'against a simulator'],
    ['cvmsg run --source ./bindings --page-listen 127.0.0.1:8090', 'with a page to look at'],
    ['CVMSG_RUN_SOURCE=/git/current cvmsg run --state-dir /var/lib/cvmsg --log-format json', 'as a service'],
  ],
  load: async () => {
    // Before anything large is loaded.
    keepHeapSmall();
    return (await import('./perform-run.ts')).performRun;
  },
});
