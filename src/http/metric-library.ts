/**
 * prom-client without the tracing library, of which it loads fifty modules for exemplars: this program has no traces, and
 * they would cost it memory and a fortieth of a second at the start.
 */
import { createRequire } from 'node:module';
import type * as library from 'prom-client';

const require = createRequire(import.meta.url);

const loaded = withStandIn('@opentelemetry/api', () => require('prom-client') as typeof library);

export type Counter<T extends string = string> = library.Counter<T>;
export const Counter: typeof library.Counter = loaded.Counter;

export type Gauge<T extends string = string> = library.Gauge<T>;
export const Gauge: typeof library.Gauge = loaded.Gauge;

export type Histogram<T extends string = string> = library.Histogram<T>;
export const Histogram: typeof library.Histogram = loaded.Histogram;

export type Registry = library.Registry;
export const Registry: typeof library.Registry = loaded.Registry;

export const { collectDefaultMetrics } = loaded;

/** Loads something that finds an empty module in the place of a dependency of prom-client. */
function withStandIn<T>(dependency: string, load: () => T): T {
  const path = createRequire(require.resolve('prom-client')).resolve(dependency);
  require.cache[path] = { exports: {} } as NodeJS.Module;
  try {
    return load();
  } finally {
    delete require.cache[path];
  }
}
