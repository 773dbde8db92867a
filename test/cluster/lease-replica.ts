/** A replica as far as leases go, against a real API server, on virtual time. */
import { KubeConnection } from '../../src/kubernetes/client/kube-connection.ts';
import { LeaseMembers } from '../../src/kubernetes/client/lease-members.ts';
import { ScopeLeases } from '../../src/kubernetes/client/scope-leases.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type Log, silentLog } from '../../src/runtime/log.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import type { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { until } from '../cli/until.ts';
import type { Cluster } from './cluster.ts';

const base = { clock: systemClock, random: systemRandom, log: silentLog };

export function connect(c: Cluster, server?: string): Promise<KubeConnection> {
  const kubeconfig = c.plane.kubeconfigFor(`room-${Math.floor(systemRandom.next() * 1e9)}`, {
    credentials: { token: 'admin-token' },
    namespace: 'default',
    server,
  });
  return KubeConnection.load({ ...base, kubeconfig });
}

/** A replica that competes for scopes on virtual time, and what it was told. */
export async function replicaOn(
  c: Cluster,
  clock: VirtualClock,
  identity: string,
  scopes: readonly string[],
  {
    drain = async () => {},
    watches = 'everything',
    log = silentLog,
  }: { readonly drain?: () => Promise<void>; readonly watches?: string; readonly log?: Log } = {},
) {
  const connection = await connect(c);
  const options = { ...base, log, clock, connection, namespace: 'default', watches };
  const leases = new ScopeLeases({
    ...options,
    isFollowing: () => true,
    identity,
    members: new LeaseMembers(options),
  });
  const moves: string[] = [];
  const stop = new AbortController();
  for (const scope of scopes) leases.join(scope);
  const running = leases.run({ gained: (scope) => void moves.push(`gained ${scope}`), drain }, stop.signal);
  const leave = async () => {
    stop.abort();
    await running;
    await connection.close();
  };
  return { leases, moves, [Symbol.asyncDispose]: leave };
}

/** The server answers in real time: virtual time passes slowly enough for it. */
export function whileTimePasses(clock: VirtualClock, what: string, holds: () => boolean): Promise<true> {
  return until(what, async () => {
    await clock.advance(100);
    return holds();
  });
}
