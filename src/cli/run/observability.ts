/** Probes and metrics of `cvmsg run`, when an address for them is given. */
import { Metrics } from '../../http/metrics.ts';
import { type HttpServer, startHttp } from '../../http/server.ts';
import type { ProcessView } from '../../http/view.ts';
import type { Log } from '../../runtime/log.ts';
import { noTelemetry, type Telemetry } from '../../runtime/telemetry.ts';
import { CliError, messageOf } from '../cli-error.ts';

export class Observability {
  readonly metrics: Metrics | undefined;
  readonly #address: string | undefined;
  /** The parts that are looked at come later than those that count. */
  #view: ProcessView | undefined;

  /** @param address `HOST:PORT`; absent: nothing is served and nothing counted. */
  constructor(address: string | undefined) {
    this.#address = address;
    if (address === undefined) return;
    this.metrics = new Metrics({
      scopes: () => this.#view?.scopes() ?? [],
      watches: () => this.#view?.watches() ?? [],
      readyChecks: () => this.#view?.readyChecks() ?? [],
      openJournalEntries: () => this.#view?.openJournalEntries() ?? 0,
      bindings: () => this.#view?.bindings() ?? { ready: 0, notReady: 0 },
    });
  }

  get telemetry(): Telemetry {
    return this.metrics?.telemetry ?? noTelemetry;
  }

  /** Serves from now on. @throws CliError for an address that cannot be had. */
  async serve(view: ProcessView, log: Log): Promise<HttpServer | undefined> {
    this.#view = view;
    if (this.#address === undefined || this.metrics === undefined) return undefined;
    const { host, port } = parseAddress(this.#address);
    try {
      const server = await startHttp({ host, port, metrics: this.metrics, readyChecks: view.readyChecks });
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
