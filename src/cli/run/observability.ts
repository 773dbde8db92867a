/** Probes and metrics of `cvmsg run`, when an address for them is given. */
import { messageOf } from '../../api/message-of.ts';
import type { Metrics } from '../../http/metrics.ts';
import type { HttpServer } from '../../http/server.ts';
import type { ProcessView } from '../../http/view.ts';
import type { Log } from '../../runtime/log.ts';
import { noTelemetry, type Telemetry } from '../../runtime/telemetry.ts';
import { CliError } from '../cli-error.ts';

export class Observability {
  readonly metrics: Metrics | undefined;
  readonly #address: string | undefined;
  readonly #looked: { view?: ProcessView };

  private constructor(address?: string, metrics?: Metrics, looked: { view?: ProcessView } = {}) {
    this.#address = address;
    this.metrics = metrics;
    this.#looked = looked;
  }

  /** @param address `HOST:PORT`; absent: nothing is served, nothing counted, and the library for it not loaded. */
  static async create(address: string | undefined): Promise<Observability> {
    if (address === undefined) return new Observability();
    const { Metrics: Made } = await import('../../http/metrics.ts');
    // The parts that are looked at come later than those that count.
    const looked: { view?: ProcessView } = {};
    const metrics = new Made({
      scopes: () => looked.view?.scopes() ?? [],
      watches: () => looked.view?.watches() ?? [],
      healthChecks: () => looked.view?.healthChecks() ?? [],
      readyChecks: () => looked.view?.readyChecks() ?? [],
      openJournalEntries: () => looked.view?.openJournalEntries() ?? 0,
      bindings: () => looked.view?.bindings() ?? { ready: 0, notReady: 0 },
    });
    return new Observability(address, metrics, looked);
  }

  get telemetry(): Telemetry {
    return this.metrics?.telemetry ?? noTelemetry;
  }

  /** Serves from now on. @throws CliError for an address that cannot be had. */
  async serve(view: ProcessView, log: Log): Promise<HttpServer | undefined> {
    this.#looked.view = view;
    if (this.#address === undefined || this.metrics === undefined) return undefined;
    const { host, port } = parseAddress(this.#address);
    const { startHttp } = await import('../../http/server.ts');
    try {
      const { healthChecks, readyChecks } = view;
      const server = await startHttp({ host, port, metrics: this.metrics, healthChecks, readyChecks });
      log.info({ url: server.url }, 'serves /healthz, /readyz and /metrics');
      return server;
    } catch (error) {
      throw new CliError(`--http-listen: "${this.#address}" cannot be had: ${messageOf(error)}`);
    }
  }
}

function parseAddress(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new CliError(`--http-listen: Expected HOST:PORT such as 0.0.0.0:8080, got "${text}"`);
  }
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}
