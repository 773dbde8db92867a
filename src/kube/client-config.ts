/**
 * The client library's configuration and authentication, without what they import and this program never calls: thousands
 * of generated models, and agents for every kind of proxy, because requests leave through a dispatcher of our own. They cost
 * 65 MiB of memory and half a second at the start.
 */
import { registerHooks } from 'node:module';
import type { KubeConfig } from '@kubernetes/client-node';

/** Names that each of these would export. Whoever made one of them in earnest would want the whole library. */
const STAND_INS: Readonly<Record<string, readonly string[]>> = {
  './gen/index.js': ['createConfiguration', 'ServerConfiguration', 'PromiseMiddlewareWrapper'],
  undici: ['Agent', 'ProxyAgent'],
  socks: ['SocksClient'],
  'socks-proxy-agent': ['SocksProxyAgent'],
  hpagent: ['HttpProxyAgent', 'HttpsProxyAgent'],
};

const LIBRARY = /\/@kubernetes\/client-node\/dist\/\w+\.js$/;

/** A fresh, empty configuration. */
export async function newKubeConfig(): Promise<KubeConfig> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const names = LIBRARY.test(context.parentURL ?? '') ? STAND_INS[specifier] : undefined;
      return names === undefined ? next(specifier, context) : { url: standIn(names), shortCircuit: true };
    },
  });
  try {
    const { KubeConfig: Config } = await import('@kubernetes/client-node/dist/config.js');
    return new Config();
  } finally {
    hooks.deregister();
  }
}

function standIn(names: readonly string[]): string {
  const classes = names.map((name) => `export class ${name} {}`).join('\n');
  return `data:text/javascript,${encodeURIComponent(classes)}`;
}
