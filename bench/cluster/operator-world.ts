/** A real API server, a simulated cloud and the controllers that are started there, each a process of its own. */
import { KubeConnection } from '../../src/kubernetes/client/kube-connection.ts';
import type { KubeObject } from '../../src/kubernetes/client/kube-object.ts';
import { Reflector } from '../../src/kubernetes/client/reflector.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { type ControlPlane, startControlPlane } from '../../test/cluster/control-plane.ts';
import { buildProgram, install, removeProgram, startOperator } from '../../test/cluster/operator.ts';
import { Child } from '../children/child.ts';
import type { SimulatorAddress } from '../children/simulator.ts';
import { momentMs } from '../moment.ts';
import { type Declared, documentsOf, REGION, type Workload } from '../workload.ts';
import { buildYardstick, startYardstick } from '../yardstick/yardstick.ts';
import { inParallel } from './in-parallel.ts';
import { Running, type SeriesNames } from './running.ts';

export const COLLECTION = '/apis/cvmsg.dev/v1alpha1/namespaces/default/cvmsecuritygroupbindings';
/** Requests to the API server at once while objects are made. */
const AT_ONCE = 40;
const OPERATOR_SERIES: SeriesNames = {
  observed: 'cvmsg_instances{scope="default@ap-guangzhou",state="InSync"}',
  statusWrites: 'rest_client_requests_total{method="PATCH",code="200"}',
};

export class OperatorWorld implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly simulator: Child;
  readonly documents: readonly Declared[];
  readonly connection: KubeConnection;
  readonly #bin: string;
  #ports = 18_300;
  /** The list that each object has been given. */
  readonly #lists = new Map<string, readonly string[]>();
  readonly #stop = new AbortController();
  readonly #signal = this.#stop.signal;
  readonly #objects: Reflector<BenchObject>;
  #watch = new AbortController();
  /** Keys of the objects that are Ready for the spec that they have now, as a watch tells it. */
  readonly #ready = new Set<string>();

  private constructor(parts: {
    readonly plane: ControlPlane;
    readonly simulator: Child;
    readonly documents: readonly Declared[];
    readonly connection: KubeConnection;
    readonly bin: string;
  }) {
    this.plane = parts.plane;
    this.simulator = parts.simulator;
    this.documents = parts.documents;
    this.connection = parts.connection;
    this.#bin = parts.bin;
    const objects: Reflector<BenchObject> = new Reflector({
      connection: parts.connection,
      path: COLLECTION,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      onChange: (keys) => {
        for (const key of keys) {
          if (isReady(objects.get(key))) this.#ready.add(key);
          else this.#ready.delete(key);
        }
      },
      trim: ({ metadata: { name, namespace = '', resourceVersion = '', generation = 0 }, status }) => ({
        metadata: { name, namespace, resourceVersion, generation },
        status: { observedGeneration: status?.observedGeneration, conditions: status?.conditions },
      }),
    });
    this.#objects = objects;
    this.#beginWatch();
  }

  #beginWatch(): void {
    this.#watch = new AbortController();
    void this.#objects.run(AbortSignal.any([this.#signal, this.#watch.signal]));
  }

  /** Works without watching the objects: who measures moments takes no processor time from what is measured. */
  async unwatched<T>(work: () => Promise<T>): Promise<T> {
    this.#watch.abort();
    try {
      return await work();
    } finally {
      this.#beginWatch();
    }
  }

  static async start(workload: Workload): Promise<OperatorWorld> {
    const plane = await startControlPlane();
    const bin = buildProgram();
    install(plane);
    const connection = await KubeConnection.load({ clock: systemClock, kubeconfig: plane.kubeconfig });
    const simulator = new Child('simulator', workload);
    return new OperatorWorld({ plane, simulator, documents: documentsOf(workload), connection, bin });
  }

  /** Makes one object for each document. */
  async create(from = 0, to = this.documents.length): Promise<void> {
    await inParallel(this.documents.slice(from, to), AT_ONCE, async (document) => {
      const { name, sgIds } = document;
      const body = objectOf({ ...document, sgIds: this.#lists.get(name) ?? sgIds });
      await this.connection.json({ method: 'POST', path: COLLECTION, body }, this.#signal);
    });
  }

  /** Makes all objects again, with the lists that they have: what another controller has told in them is gone. */
  async renew(): Promise<void> {
    await this.connection.json({ method: 'DELETE', path: COLLECTION }, this.#signal);
    this.#ready.clear();
    await this.create();
  }

  /** Sets another list; resolves with the moment at which the request was sent. */
  async declare(name: string, sgIds: readonly string[]): Promise<number> {
    // Until a watch tells otherwise, which may not be before it goes on.
    this.#ready.delete(`default/${name}`);
    this.#lists.set(name, sgIds);
    const sentAtMs = momentMs();
    await this.connection.json(
      {
        method: 'PATCH',
        path: `${COLLECTION}/${name}`,
        contentType: 'application/merge-patch+json',
        body: { spec: { sgIds } },
      },
      this.#signal,
    );
    return sentAtMs;
  }

  /** Sets one list for many. */
  async declareAll(documents: readonly Declared[], sgIds: readonly string[]): Promise<void> {
    await inParallel(documents, AT_ONCE, (document) => this.declare(document.name, sgIds));
  }

  /** How many objects are Ready for the spec that they have now. */
  ready(): number {
    return this.#ready.size;
  }

  async untilReady(count: number): Promise<number> {
    while (this.ready() < count) await systemClock.sleep(50);
    return systemClock.now();
  }

  /** Starts the product. */
  async operator(args: readonly string[] = []): Promise<Running> {
    const { address, listen } = await this.#addresses();
    const operator = startOperator(this.plane, {
      bin: this.#bin,
      endpoint: address.url,
      key: address,
      args: ['--api', 'v3', '--http-listen', listen, ...args],
    });
    return new Running(operator, listen, OPERATOR_SERIES);
  }

  /** Starts the conventional Go operator. */
  async yardstick(args: readonly string[] = []): Promise<Running> {
    const bin = buildYardstick();
    const { address, listen } = await this.#addresses();
    const operator = startYardstick(this.plane, {
      bin,
      endpoint: address.url,
      key: address,
      args: ['-metrics', listen, ...args],
    });
    const { host } = new URL(this.plane.server);
    return new Running(operator, listen, {
      observed: 'yardstick_observed_bindings',
      statusWrites: `rest_client_requests_total{code="200",host="${host}",method="PUT"}`,
    });
  }

  async #addresses(): Promise<{ address: SimulatorAddress; listen: string }> {
    const address = await this.simulator.ask<SimulatorAddress>('address');
    return { address, listen: `127.0.0.1:${this.#ports++}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.connection.close();
    await this.simulator[Symbol.asyncDispose]();
    await this.plane.stop();
    removeProgram(this.#bin);
  }
}

type BenchObject = KubeObject & { readonly status?: Status | undefined };

interface Status {
  readonly observedGeneration?: number | undefined;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[] | undefined;
}

function isReady(object: BenchObject | undefined): boolean {
  const { metadata, status } = object ?? {};
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
  return ready?.status === 'True' && status?.observedGeneration === metadata?.generation;
}

function objectOf({ name, instanceIds, sgIds }: Declared): object {
  return {
    apiVersion: 'cvmsg.dev/v1alpha1',
    kind: 'CvmSecurityGroupBinding',
    metadata: { name, namespace: 'default' },
    spec: { region: REGION, instanceIds, sgIds },
  };
}
