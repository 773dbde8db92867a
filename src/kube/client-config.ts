/**
 * The client library's configuration and authentication, without its thousands of generated models: those are imported by
 * its configuration for a feature that is not used here, cost 50 MiB of memory and a third of a second at the start.
 */
import { registerHooks } from 'node:module';
import type { KubeConfig } from '@kubernetes/client-node';

/** Stands in for the generated models; whoever called one of these would want the whole library. */
const NO_MODELS = `data:text/javascript,
export const createConfiguration = undefined;
export const ServerConfiguration = undefined;
export const PromiseMiddlewareWrapper = undefined;`;

const GENERATED = /\/@kubernetes\/client-node\/dist\/gen\/index\.js$/;

/** A fresh, empty configuration. */
export async function newKubeConfig(): Promise<KubeConfig> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      return GENERATED.test(resolved.url) ? { url: NO_MODELS, shortCircuit: true } : resolved;
    },
  });
  try {
    const { KubeConfig: Config } = await import('@kubernetes/client-node/dist/config.js');
    return new Config();
  } finally {
    hooks.deregister();
  }
}
