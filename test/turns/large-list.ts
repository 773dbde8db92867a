/** `cvmsg run` over as many objects as a cluster may have of them, and a cloud that answers at once. */

import { setImmediate as turn } from 'node:timers/promises';
import { bindingKey } from '../../src/api/ids.ts';
import type { Controller } from '../../src/controller/controller.ts';
import type { KubeConnection } from '../../src/kubernetes/client/kube-connection.ts';
import { KubeError } from '../../src/kubernetes/client/kube-error.ts';
import { KubernetesSource } from '../../src/kubernetes/source/kubernetes-source.ts';
import { createController } from '../../src/manager/create-controller.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { MemoryState } from '../../src/store/memory-state.ts';
import { cloudWith, DECLARED, INSTANCES_OF_BINDING, SETTINGS } from './large-revision.ts';

export const OBJECTS = 20_000;
export const FIRST_OBJECT = bindingKey('team-0', 'web-0');
/** About so many come in one piece of the stream. */
const OBJECTS_OF_CHUNK = 30;

/** An object that was in sync when its status was written, as an API server sends it. */
function added(n: number, version: number, generation: number): string {
  const ids = Array.from(
    { length: INSTANCES_OF_BINDING },
    (_, id) => `ins-${(n * INSTANCES_OF_BINDING + id).toString(36).padStart(8, '0')}`,
  );
  const object = {
    apiVersion: 'cvmsg.dev/v1alpha1',
    kind: 'CvmSecurityGroupBinding',
    metadata: {
      name: `web-${n}`,
      namespace: `team-${n % 200}`,
      uid: `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`,
      generation,
      resourceVersion: String(version),
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['cvmsg.dev/restore'],
    },
    spec: { region: 'ap-guangzhou', instanceIds: ids, sgIds: [DECLARED], deletionPolicy: 'Restore' },
    status: {
      observedGeneration: 1,
      conditions: [{ type: 'Ready', status: 'True', reason: 'InSync', message: 'all instances are in sync' }],
      instanceCount: ids.length,
      inSyncCount: ids.length,
      instances: ids.map((instanceId) => ({
        instanceId,
        state: 'InSync',
        sgIds: [DECLARED],
        originalSgIds: ['sg-original'],
      })),
    },
  };
  return JSON.stringify({ type: 'ADDED', object });
}

const end = (version: number) => ({
  type: 'BOOKMARK',
  object: {
    metadata: {
      name: '',
      resourceVersion: String(version),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    },
  },
});

/** An API server that streams a list, and then says nothing until it is told to end the watch. */
class ListServer {
  /** Objects that there are, and which edition of their spec. */
  objects = OBJECTS;
  generation = 1;
  #version = 1;
  #expire: (() => void) | undefined;

  /** The history is gone: the next thing that is asked for is the whole list. */
  forget(): void {
    this.#version++;
    this.#expire?.();
  }

  async *lines({ path }: { readonly path: string }, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    const version = this.#version;
    yield [];
    if (path.includes('sendInitialEvents')) {
      for (let first = 0; first < this.objects; first += OBJECTS_OF_CHUNK) {
        const count = Math.min(OBJECTS_OF_CHUNK, this.objects - first);
        const lines = Array.from({ length: count }, (_, n) => added(first + n, version, this.generation));
        await turn();
        yield lines.map((line) => JSON.parse(line) as unknown);
      }
      yield [end(version)];
    }
    await new Promise<void>((resolve) => {
      this.#expire = resolve;
      signal.addEventListener('abort', () => resolve());
    });
    throw new KubeError('watch: too old', { status: 410, reason: 'Expired' });
  }

  async json(): Promise<unknown> {
    return { metadata: { resourceVersion: String(this.#version) }, items: [] };
  }
}

export interface ListRun {
  readonly controller: Controller;
  readonly server: ListServer;
  /** Ends it as SIGTERM does. */
  stop(): Promise<void>;
}

/** `cvmsg run --kubernetes` without a folder of its own. */
export function startListRun(): ListRun {
  const server = new ListServer();
  const base = { clock: systemClock, random: seededRandom(1), log: silentLog };
  const source = new KubernetesSource({ ...base, connection: server as unknown as KubeConnection });
  const state = new MemoryState();
  const controller = createController({
    ...base,
    sources: [source],
    sinks: [],
    cloud: { provider: cloudWith(DECLARED) },
    memory: { journal: state, inventory: state },
    approvals: state,
    settings: SETTINGS,
  });
  const stop = new AbortController();
  const ended = controller.run(stop.signal);
  return {
    controller,
    server,
    async stop() {
      stop.abort(new Error('the measurement ends'));
      await ended;
    },
  };
}
