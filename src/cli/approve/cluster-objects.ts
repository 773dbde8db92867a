/** The objects of a cluster whose plans wait for an approval, and the annotation that gives it. */

import { APPROVAL_ANNOTATION, type Approval, annotationText, isApproverName } from '../../api/approval.ts';
import { type BindingKey, partsOf } from '../../api/ids.ts';
import { quote } from '../../api/problem.ts';
import { bindingPath } from '../../api/resource.ts';
import type { Reported } from '../../core/pending-plans.ts';
import { KubeConnection } from '../../kubernetes/client/kube-connection.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import { listObjects } from '../cluster/list-objects.ts';

export interface ClusterFlags {
  readonly namespace: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

interface SelfSubjectReview {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

export class ClusterObjects implements AsyncDisposable {
  readonly #connection: KubeConnection;
  readonly #namespace: string | undefined;
  readonly #signal = new AbortController().signal;

  private constructor(connection: KubeConnection, namespace: string | undefined) {
    this.#connection = connection;
    this.#namespace = namespace;
  }

  /** Rejects with a KubeError when there is no cluster to speak to. */
  static async open({ kubeconfig, context, namespace }: ClusterFlags): Promise<ClusterObjects> {
    return new ClusterObjects(
      await KubeConnection.load({ clock: systemClock, kubeconfig, context }),
      namespace,
    );
  }

  /** Why the connection cannot be trusted; undefined when it can. */
  get trustProblem(): string | undefined {
    return this.#connection.trustProblem;
  }

  /** What every object tells; of one namespace, or of all. */
  async reported(): Promise<Reported[]> {
    const objects = await listObjects(this.#connection, this.#namespace, this.#signal);
    return objects.map(({ metadata, status }) => {
      const { pendingPlans = [] } = status ?? {};
      return { key: `${metadata.namespace ?? 'default'}/${metadata.name}`, pendingPlans };
    });
  }

  /** Who the API server takes the user for: only under this name does an approval count as theirs. */
  async user(): Promise<string> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status } = await this.#connection.json<SelfSubjectReview>(
      { method: 'POST', path, body: review },
      this.#signal,
    );
    const name = status?.userInfo?.username ?? '';
    if (isApproverName(name)) return name;
    throw new CliError(
      `the API server calls you ${quote(name)}, which cannot stand in an approval; approve as another user`,
    );
  }

  /** Lets the plan pass for one object. */
  async approve(binding: string, approval: Approval): Promise<void> {
    const path = bindingPath(partsOf(binding as BindingKey));
    const body = { metadata: { annotations: { [APPROVAL_ANNOTATION]: annotationText(approval) } } };
    await this.#connection.json(
      { method: 'PATCH', path, contentType: 'application/merge-patch+json', body },
      this.#signal,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }
}
