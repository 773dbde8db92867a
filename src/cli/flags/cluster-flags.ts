/** The flags of commands that may speak to a cluster. */
import { CliError } from '../cli-error.ts';
import { text, toggle } from './flag.ts';
import { namespaceProblem } from './namespace.ts';

export const CLUSTER_FLAGS = {
  kubernetes: toggle({ description: 'the objects of a cluster; --kubeconfig and --context say the same' }),
  kubeconfig: text({ value: 'FILE', description: 'how to reach the cluster', completion: 'file' }),
  context: text({ value: 'NAME', description: 'a context of the kubeconfig' }),
};

export const NAMESPACE_FLAG = text({
  short: 'n',
  value: 'NAME',
  description: 'only bindings of this namespace (default: all)',
  check: namespaceProblem,
});

/** Of commands that narrow nothing but the objects of a cluster. */
export const OBJECTS_NAMESPACE_FLAG = {
  ...NAMESPACE_FLAG,
  description: 'with --kubernetes: only objects of this namespace (default: all)',
};

export interface ClusterFlags {
  readonly kubernetes: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Whether a cluster is meant, and not a state directory. */
export function asksCluster({ kubernetes, kubeconfig, context }: ClusterFlags): boolean {
  return kubernetes || kubeconfig !== undefined || context !== undefined;
}

/** @throws CliError for a namespace that would narrow nothing. */
export function refuseNamespaceAlone(flags: ClusterFlags & { readonly namespace: string | undefined }): void {
  if (flags.namespace !== undefined && !asksCluster(flags))
    throw new CliError('--namespace goes with --kubernetes: add that, or leave it out');
}
