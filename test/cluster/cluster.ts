/** What the tests on a real control plane share: one plane, one simulated cloud, one built program for each file. */
import { afterAll, beforeAll, describe } from 'vitest';
import { controlPlaneIsAvailable, WHY_NONE } from './control-plane/binaries.ts';
import { type GoProgram, programBinary, whyNoProgram } from './control-plane/go-program.ts';
import type { ControlPlane } from './control-plane.ts';
import { startControlPlane } from './control-plane.ts';
import {
  buildProgram,
  install,
  type Operator,
  type OperatorOptions,
  removeProgram,
  startOperator,
} from './operator.ts';
import { type SimulatedCloud, startCloud } from './simulated-cloud.ts';

export interface Cluster {
  readonly plane: ControlPlane;
  readonly cloud: SimulatedCloud;
  /** Starts a controller that is ended with the file at the latest. */
  operator(options?: Partial<OperatorOptions>): Operator;
  /** `kubectl apply` of one binding. */
  apply(name: string, spec: object, namespace?: string): Promise<void>;
  /** The object as it is now. */
  binding(name: string, namespace?: string): Promise<BindingObject>;
  /** `kubectl`, while this process goes on. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Waits until a binding is Ready. */
  ready(name: string, timeout?: string): Promise<string>;
}

export interface BindingObject {
  readonly metadata: { readonly generation: number; readonly resourceVersion: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly inSyncCount?: number;
    readonly pendingPlans?: readonly { readonly digest: string; readonly reason: string }[];
    readonly history?: readonly object[];
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

/** A group of tests on a real control plane; skipped, with the reason in its name, where none can be had. */
export function describeCluster(
  title: string,
  options: {
    readonly instances: number;
    readonly latencyMs?: number;
    /** A program that these tests need too. */
    readonly program?: GoProgram;
  },
  tests: (cluster: () => Cluster) => void,
): void {
  const { program } = options;
  const why = controlPlaneIsAvailable() ? program && whyNoProgram(program) : WHY_NONE;
  if (why !== undefined) {
    describe.skip(`${title} (${why})`, () => tests(() => notThere()));
    return;
  }
  describe(title, () => {
    let cluster: Cluster | undefined;
    const started: Operator[] = [];
    const ends: (() => unknown)[] = [];
    beforeAll(async () => {
      if (program !== undefined) await programBinary(program);
      const plane = await startControlPlane();
      ends.unshift(() => plane.stop());
      const cloud = await startCloud(options);
      ends.unshift(() => cloud[Symbol.asyncDispose]());
      const bin = buildProgram();
      ends.unshift(() => removeProgram(bin));
      install(plane);
      cluster = makeCluster({ plane, cloud, bin, started });
    }, 900_000);
    afterAll(async () => {
      await Promise.all(started.map((operator) => operator.stop('SIGKILL')));
      for (const end of ends) await end();
    });
    tests(() => cluster ?? notThere());
  });
}

function notThere(): never {
  throw new Error('the control plane is not running');
}

function makeCluster(parts: {
  readonly plane: ControlPlane;
  readonly cloud: SimulatedCloud;
  readonly bin: string;
  readonly started: Operator[];
}): Cluster {
  const { plane, cloud, bin, started } = parts;
  return {
    plane,
    cloud,
    operator(options = {}) {
      const operator = startOperator(plane, { bin, endpoint: cloud.url, key: cloud.key, ...options });
      started.push(operator);
      return operator;
    },
    async apply(name, spec, namespace = 'default') {
      const object = {
        apiVersion: 'cvmsg.dev/v1alpha1',
        kind: 'CvmSecurityGroupBinding',
        metadata: { name, namespace },
        spec: { region: 'ap-guangzhou', ...spec },
      };
      await plane.kubectlAsync(['apply', '-f', '-'], JSON.stringify(object));
    },
    binding: async (name, namespace = 'default') =>
      JSON.parse(
        await plane.kubectlAsync(['get', 'csgb', name, '-n', namespace, '-o', 'json']),
      ) as BindingObject,
    kubectl: (...args) => plane.kubectlAsync(args),
    ready: (name, timeout = '20s') =>
      plane.kubectlAsync(['wait', '--for=condition=Ready', `csgb/${name}`, `--timeout=${timeout}`]),
  };
}
