/**
 * The client library's configuration and authentication, without what they import and this program never calls: thousands
 * of generated models, and agents for every kind of proxy, because requests leave through a dispatcher of our own. They cost
 * 65 MiB of memory and half a second at the start.
 */
import { registerHooks } from 'node:module';
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../api/message-of.ts';
import { KubeError } from './kube-error.ts';

/** What stands for each of these. Whoever made one of these classes in earnest would want the whole library. */
const STAND_INS: Readonly<Record<string, string>> = {
  './gen/index.js': classes('createConfiguration', 'ServerConfiguration', 'PromiseMiddlewareWrapper'),
  undici: classes('Agent', 'ProxyAgent'),
  socks: classes('SocksClient'),
  'socks-proxy-agent': classes('SocksProxyAgent'),
  hpagent: classes('HttpProxyAgent', 'HttpsProxyAgent'),
  // An import of it loads fetch and WebSocket too.
  'node:http': `${classes('Agent')}; const http = { Agent }; export { http as default };`,
};

/** The files of the library that import them. */
export const LIBRARY = /\/@kubernetes\/client-node\/dist\/\w+\.js$/;

/** A fresh, empty configuration. */
export async function newKubeConfig(): Promise<KubeConfig> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (!LIBRARY.test(context.parentURL ?? '')) return next(specifier, context);
      const source = standInFor(specifier, () => next(specifier, context).url);
      if (source === undefined) return next(specifier, context);
      return { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true };
    },
  });
  try {
    const { KubeConfig: Config } = await import('@kubernetes/client-node/dist/config.js');
    return new Config();
  } finally {
    hooks.deregister();
  }
}

/** The text of the module that stands for what the library imports; undefined for what it really needs. */
export function standInFor(specifier: string, resolve: () => string): string | undefined {
  return specifier === 'openid-client' ? onDemand(resolve()) : STAND_INS[specifier];
}

function classes(...names: readonly string[]): string {
  return names.map((name) => `export class ${name} {}`).join('\n');
}

/**
 * Stands for `openid-client`, the client of OpenID Connect, and loads it with the first token that has to be renewed: 12 MiB
 * that few clusters need. The Kubernetes library speaks to it as to an older one: it hands over the address as a text, and
 * a fetch that takes only texts and gives what merely looks like a response.
 */
function onDemand(library: string): string {
  return `
    const load = () => import(${JSON.stringify(library)});
    export const customFetch = Symbol('customFetch');
    export async function discovery(server, clientId, metadata, authentication, options) {
      const library = await load();
      const fetch = options?.[customFetch];
      const real = fetch && {
        [library.customFetch]: async (url, { body, ...request }) => {
          const response = await fetch(url, { ...request, body: body && String(body) });
          return new Response(await response.text(), { status: response.status, headers: response.headers });
        },
      };
      return library.discovery(new URL(server), clientId, metadata, authentication, real);
    }
    export async function refreshTokenGrant(configuration, token) {
      return (await load()).refreshTokenGrant(configuration, token);
    }`;
}

// Which cluster is spoken to.

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
