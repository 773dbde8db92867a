/** The objects of a cluster whose plans wait for an approval, and the annotation that gives it. */
import { APPROVAL_ANNOTATION, type Approval, annotationText, isApproverName } from '../../api/approval.ts';
import { quote } from '../../api/fault.ts';
import { KubeConnection } from '../../kube/kube-connection.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import type { Told } from './pending-plans.ts';

export interface ClusterFlags {
  readonly namespace: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

const GROUP = '/apis/cvmsg.dev/v1alpha1';
const PLURAL = 'cvmsecuritygroupbindings';
const PAGE = 500;

interface SelfSubjectReview {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

interface ObjectList {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly {
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly status?: Partial<Pick<Told, 'conditions' | 'instances'>>;
  }[];
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
  get trustFault(): string | undefined {
    return this.#connection.trustFault;
  }

  /** What every object tells; of one namespace, or of all. */
  async told(): Promise<Told[]> {
    const within = this.#namespace === undefined ? '' : `/namespaces/${encodeURIComponent(this.#namespace)}`;
    const told: Told[] = [];
    let next = '';
    do {
      const page = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
      const path = `${GROUP}${within}/${PLURAL}?limit=${PAGE}${page}`;
      const list = await this.#connection.json<ObjectList>({ method: 'GET', path }, this.#signal);
      for (const { metadata, status } of list.items ?? []) {
        const { conditions = [], instances = [] } = status ?? {};
        told.push({ binding: `${metadata.namespace ?? 'default'}/${metadata.name}`, conditions, instances });
      }
      next = list.metadata?.continue ?? '';
    } while (next !== '');
    return told;
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
    const [namespace = '', name = ''] = binding.split('/');
    const path = `${GROUP}/namespaces/${encodeURIComponent(namespace)}/${PLURAL}/${encodeURIComponent(name)}`;
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
