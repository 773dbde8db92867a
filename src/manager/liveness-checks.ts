/**
 * The parts of a running controller that must never stop. Each window is longer than anything outside can hold the
 * part up: calls to the cloud end within 20 s and requests to the API server within 30 s, whatever the other side does;
 * a watch is given up after 150 s of silence, and its pauses are 2 minutes at most.
 */
import type { ScopeController } from '../controller/scope/scope-controller.ts';
import { scopeKey } from '../core/model.ts';
import type { Reflector } from '../kubernetes/client/reflector.ts';
import type { ScopeLeases } from '../kubernetes/client/scope-leases.ts';
import type { LivenessCheck } from '../runtime/liveness.ts';

const DISPATCHER_WINDOW_MS = 300_000;
const WATCH_WINDOW_MS = 600_000;
const LEASES_WINDOW_MS = 300_000;

export interface LivingParts {
  readonly scopes: Iterable<Pick<ScopeController, 'scope' | 'dispatchers'>>;
  /** Absent without a cluster. */
  readonly cluster?:
    | {
        readonly source: { readonly reflectors: readonly Pick<Reflector<never>, 'path' | 'stats'>[] };
        readonly leases: Pick<ScopeLeases, 'rounds'>;
      }
    | undefined;
}

export function* livenessChecks({ scopes, cluster }: LivingParts): Generator<LivenessCheck> {
  for (const { scope, dispatchers } of scopes) {
    for (const kind of ['read', 'write'] as const) {
      yield {
        name: `${kind} lane ${scopeKey(scope)}`,
        ...dispatchers[kind].heartbeat,
        windowMs: DISPATCHER_WINDOW_MS,
      };
    }
  }
  if (cluster === undefined) return;
  for (const { path, stats } of cluster.source.reflectors) {
    yield { name: `watch ${path}`, busy: true, steps: stats.steps, windowMs: WATCH_WINDOW_MS };
  }
  yield { name: 'leases', busy: true, steps: cluster.leases.rounds, windowMs: LEASES_WINDOW_MS };
}
