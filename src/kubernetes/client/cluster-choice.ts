/** Which cluster is spoken to. */
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../api/message-of.ts';
import { newKubeConfig } from './client-config.ts';
import { KubeError } from './kube-error.ts';

export interface ClusterChoice {
  /** Absent: KUBECONFIG, then ~/.kube/config, then the pod's service account. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** The configuration of the chosen cluster. Rejects with a KubeError `NoCluster` when there is none to speak to. */
export async function loadKubeConfig(options: ClusterChoice): Promise<KubeConfig> {
  const config = await newKubeConfig();
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
  } catch (error) {
    const file = options.kubeconfig === undefined ? '' : ` "${options.kubeconfig}"`;
    throw noCluster(`the kubeconfig${file} cannot be read: ${messageOf(error)}`, error);
  }
  const { context } = options;
  if (context !== undefined) {
    const names =
      config
        .getContexts()
        .map(({ name }) => `"${name}"`)
        .join(', ') || 'none';
    const known = config.getContextObject(context) !== null;
    if (!known) throw noCluster(`the kubeconfig has no context "${context}"; it has ${names}`);
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null) {
    throw noCluster('no cluster: set KUBECONFIG or --kubeconfig, or run inside a pod');
  }
  return config;
}

function noCluster(message: string, cause?: unknown): KubeError {
  return new KubeError(message, { status: 0, reason: 'NoCluster', cause });
}
