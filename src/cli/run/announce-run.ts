/** What `run` says first: what it keeps, and how. */

import type { LeasePlace } from '../../manager/kubernetes-setup.ts';
import type { Log } from '../../runtime/log.ts';
import type { CommandContext } from '../command.ts';

export interface RunSubject {
  readonly directory: string | undefined;
  /** The server's address, and where replicas keep their leases. */
  readonly cluster:
    | {
        readonly server: string;
        /** Why the connection to it cannot be trusted. */
        readonly trustProblem: string | undefined;
        readonly leases: LeasePlace;
      }
    | undefined;
  readonly stateDir: string | undefined;
}

export function announceRun(
  { globals, version }: CommandContext,
  log: Log,
  { directory, cluster, stateDir }: RunSubject,
): void {
  const fields = {
    version,
    source: directory,
    cluster: cluster?.server,
    context: cluster?.leases.context,
    leaseNamespace: cluster?.leases.namespace,
    stateDir,
    api: globals.api,
    endpoint: globals.endpoint ?? 'the vendor',
    rootDomain: globals.rootDomain,
    readsPerSecond: globals.readsPerSecond,
    writesPerSecond: globals.writesPerSecond,
    maxGroups: globals.maxGroups,
    intervalMs: globals.interval,
  };
  const declared = [directory, cluster?.server].filter((one) => one !== undefined).map((one) => `"${one}"`);
  log.info(fields, `cvmsg ${version} keeps what ${declared.join(' and ')} declares`);
  if (cluster?.trustProblem !== undefined) log.warn({ cluster: cluster.server }, cluster.trustProblem);
  if (cluster?.leases.isGuessed === true) warnOfGuess(log, cluster.leases);
}

/** Two controllers that keep leases in two namespaces do not know of each other, so each spends the quota and the blast radius. */
function warnOfGuess(log: Log, { namespace, context }: LeasePlace): void {
  log.warn(
    { leaseNamespace: namespace, context },
    `leases are kept in namespace "${namespace}", as context "${context}" of the kubeconfig has it: a controller that keeps ` +
      'its own elsewhere acts beside this one; name the namespace that all share with --lease-namespace',
  );
}
