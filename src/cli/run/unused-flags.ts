/** Flags of `cvmsg run` that would say nothing. */
import { CliError } from '../cli-error.ts';
import { flagName } from '../flags/flag.ts';
import { environmentName } from '../flags/resolve-flags.ts';
import type { KubernetesFlags } from './kubernetes-front.ts';

const OF_A_CLUSTER: readonly (keyof KubernetesFlags)[] = [
  'kubeconfig',
  'context',
  'namespace',
  'selector',
  'leaseNamespace',
  'oneLease',
];

/**
 * Who narrows what is followed must not be given all of it.
 * @throws CliError for a flag of a cluster when none is followed.
 */
export function refuseUnusedFlags(flags: KubernetesFlags & { readonly kubernetes: boolean }): void {
  if (flags.kubernetes) return;
  const unused = OF_A_CLUSTER.find((key) => isGiven(flags[key]));
  if (unused === undefined) return;
  throw new CliError(
    `--${flagName(unused)} (or ${environmentName(unused, 'run')}): is for the objects of a cluster, and only a directory is followed; add --kubernetes, or leave it out`,
  );
}

function isGiven(value: KubernetesFlags[keyof KubernetesFlags]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
