/** Probes and metrics of `cvmsg run`, when an address for them is given. */
import type { Metrics } from '../http/metrics.ts';
import type { HttpServer } from '../http/server.ts';
import { type FleetView, NO_FLEET, type ProcessView } from '../http/view.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { noTelemetry, type Telemetry } from '../runtime/telemetry.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export class Observability {
  readonly metrics: Metrics | undefined;
  readonly #address: ListenAddress | undefined;
  readonly #looked: { view?: ProcessView };

  private constructor(address?: ListenAddress, metrics?: Metrics, looked: { view?: ProcessView } = {}) {
    this.#address = address;
    this.metrics = metrics;
    this.#looked = looked;
  }

  /** @param address absent: nothing is served, nothing counted, and the library for it not loaded. */
  static async create(address: ListenAddress | undefined, clock: Clock): Promise<Observability> {
    if (address === undefined) return new Observability();
    const { Metrics: Made } = await import('../http/metrics.ts');
    // The parts that are looked at come later than those that count.
    const looked: { view?: ProcessView } = {};
    const view: ProcessView = {
      fleet: () => looked.view?.fleet() ?? nothing(),
      watches: () => looked.view?.watches() ?? [],
      healthChecks: () => looked.view?.healthChecks() ?? [],
      readyChecks: () => looked.view?.readyChecks() ?? [],
      openJournalEntries: () => looked.view?.openJournalEntries() ?? 0,
    };
    const metrics = new Made(view, clock);
    return new Observability(address, metrics, looked);
  }

  get telemetry(): Telemetry {
    return this.metrics?.telemetry ?? noTelemetry;
  }

  /** Serves from now on. Rejects when the address cannot be had. */
  async serve(view: ProcessView, log: Log): Promise<HttpServer | undefined> {
    this.#looked.view = view;
    if (this.#address === undefined || this.metrics === undefined) return undefined;
    const { startHttp } = await import('../http/server.ts');
    const { healthChecks, readyChecks } = view;
    const server = await startHttp({ ...this.#address, metrics: this.metrics, healthChecks, readyChecks });
    log.info({ url: server.url }, 'serves /healthz, /readyz and /metrics');
    return server;
  }
}

function* nothing(): Generator<void, FleetView> {
  yield;
  return NO_FLEET;
}
