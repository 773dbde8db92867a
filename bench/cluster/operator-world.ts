/** A real API server, a simulated cloud and the built controller, each a process of its own. */
import { readFileSync } from 'node:fs';
import { KubeConnection } from '../../src/kube/kube-connection.ts';
import type { KubeObject } from '../../src/kube/kube-object.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { type ControlPlane, startControlPlane } from '../../test/cluster/control-plane.ts';
import {
  buildProgram,
  install,
  type Operator,
  removeProgram,
  startOperator,
} from '../../test/cluster/operator.ts';
import { Child } from '../children/child.ts';
import type { SimulatorAddress } from '../children/simulator.ts';
import { type Declared, documentsOf, REGION, type Workload } from '../workload.ts';

const COLLECTION = '/apis/cvmsg.dev/v1alpha1/namespaces/default/cvmsecuritygroupbindings';
/** Requests to the API server at once while objects are made. */
const AT_ONCE = 40;

export class OperatorWorld implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly simulator: Child;
  readonly documents: readonly Declared[];
  readonly connection: KubeConnection;
  readonly #bin: string;
  #ports = 18_300;
  readonly #stop = new AbortController();
  readonly #signal = this.#stop.signal;
  readonly #objects: Reflector<BenchObject>;

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
    this.#objects = new Reflector<BenchObject>({
      connection: parts.connection,
      path: COLLECTION,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      onChange: () => {},
    });
    void this.#objects.run(this.#signal);
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
    await inParallel(this.documents.slice(from, to), (document) =>
      this.connection.json({ method: 'POST', path: COLLECTION, body: objectOf(document) }, this.#signal),
    );
  }

  /** Sets another list; resolves with the time at which the request was sent. */
  async declare(name: string, sgIds: readonly string[]): Promise<number> {
    const sentMs = systemClock.now();
    await this.connection.json(
      {
        method: 'PATCH',
        path: `${COLLECTION}/${name}`,
        contentType: 'application/merge-patch+json',
        body: { spec: { sgIds } },
      },
      this.#signal,
    );
    return sentMs;
  }

  /** Sets one list for many. */
  async declareAll(documents: readonly Declared[], sgIds: readonly string[]): Promise<void> {
    await inParallel(documents, (document) => this.declare(document.name, sgIds));
  }

  /** How many objects are Ready for the spec that they have now, as a watch tells it. */
  ready(): number {
    let count = 0;
    for (const key of this.#objects.keys()) {
      const { metadata, status } = this.#objects.get(key) ?? {};
      const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
      if (ready?.status === 'True' && status?.observedGeneration === metadata?.generation) count++;
    }
    return count;
  }

  async untilReady(count: number): Promise<number> {
    while (this.ready() < count) await systemClock.sleep(50);
    return systemClock.now();
  }

  /** Starts a controller, and tells where its metrics are. */
  async operator(
    args: readonly string[] = [],
  ): Promise<{ operator: Operator; metrics: () => Promise<string> }> {
    const address = await this.simulator.ask<SimulatorAddress>('address');
    const listen = `127.0.0.1:${this.#ports++}`;
    const operator = startOperator(this.plane, {
      bin: this.#bin,
      endpoint: address.url,
      key: address,
      args: ['--api', 'v3', '--http-listen', listen, ...args],
    });
    return { operator, metrics: async () => (await fetch(`http://${listen}/metrics`)).text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.connection.close();
    await this.simulator[Symbol.asyncDispose]();
    await this.plane.stop();
    removeProgram(this.#bin);
  }
}

type BenchObject = KubeObject & { readonly status?: Status };

interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** The value of one series of a metrics page; 0 when it is not there. */
export function metric(page: string, series: string): number {
  const line = page.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number | undefined): number {
  const kibibytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1_024;
}

/** Processor time that a process has used, in seconds. */
export function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function objectOf({ name, instanceIds, sgIds }: Declared): object {
  return {
    apiVersion: 'cvmsg.dev/v1alpha1',
    kind: 'CvmSecurityGroupBinding',
    metadata: { name, namespace: 'default' },
    spec: { region: REGION, instanceIds, sgIds },
  };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
