/** Flags of `cvmsg run` that would say nothing. */

import type { ClusterOptions } from '../../manager/kubernetes-setup.ts';
import { CliError } from '../cli-error.ts';
import { flagName } from '../flags/flag.ts';
import { environmentName } from '../flags/resolve-flags.ts';

const OF_A_CLUSTER: readonly (keyof ClusterOptions)[] = [
  'kubeconfig',
  'context',
  'namespace',
  'selector',
  'leaseNamespace',
  'oneLease',
  'roleBinding',
];

/**
 * Who narrows what is followed must not be given all of it.
 * @throws CliError for a flag of a cluster when none is followed, and for one of namespaces when all are.
 */
export function refuseUnusedFlags(flags: ClusterOptions & { readonly kubernetes: boolean }): void {
  if (flags.kubernetes && flags.roleBinding !== undefined && flags.namespace.length === 0) {
    throw new CliError(
      `--role-binding (or ${environmentName('roleBinding', 'run')}): is for the namespaces of --namespace, and every namespace is followed; name them, or leave it out`,
    );
  }
  if (flags.kubernetes) return;
  const unused = OF_A_CLUSTER.find((key) => isGiven(flags[key]));
  if (unused === undefined) return;
  throw new CliError(
    `--${flagName(unused)} (or ${environmentName(unused, 'run')}): is for the objects of a cluster, and only a directory is followed; add --kubernetes, or leave it out`,
  );
}

function isGiven(value: ClusterOptions[keyof ClusterOptions]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
