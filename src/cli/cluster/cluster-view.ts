/** A cluster as the commands that only look at it see it. */
import { KubeConnection } from '../../kubernetes/client/kube-connection.ts';
import type { BindingObject } from '../../kubernetes/source/binding-object.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { CommandContext } from '../command.ts';
import type { ClusterFlags } from '../flags/cluster-flags.ts';
import { listObjects } from './list-objects.ts';

export class ClusterView implements AsyncDisposable {
  readonly #connection: KubeConnection;

  private constructor(connection: KubeConnection) {
    this.#connection = connection;
  }

  /** Says on stderr when the server cannot be trusted. Rejects with a KubeError when there is no cluster to speak to. */
  static async open({ io }: CommandContext, { kubeconfig, context }: ClusterFlags): Promise<ClusterView> {
    const connection = await KubeConnection.load({ clock: systemClock, kubeconfig, context });
    if (connection.trustProblem !== undefined) io.stderr.write(`warning: ${connection.trustProblem}\n`);
    return new ClusterView(connection);
  }

  get server(): string {
    return this.#connection.server;
  }

  /** Sorted by namespace and name. @throws as {@link listObjects}. */
  async objects(namespace?: string, signal = new AbortController().signal): Promise<BindingObject[]> {
    const objects = await listObjects(this.#connection, namespace, signal);
    const keyOf = ({ metadata }: BindingObject) => `${metadata.namespace}/${metadata.name}`;
    return objects.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }
}
