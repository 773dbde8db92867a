/** A controller that runs, by what its metrics page, its log and the kernel say of it. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Operator } from '../../test/cluster/operator.ts';

/** Names of series with their labels, as a metrics page writes them. */
export interface SeriesNames {
  /** Bindings whose instances were looked at since the start, as the controller counts them. */
  readonly observed: string;
  /** Status writes that the API server accepted since the start. */
  readonly statusWrites: string;
}

/** Of the time, one part in so many is spent looking. */
const LOOK_SHARE = 10;

export class Running {
  readonly #operator: Operator;
  readonly #listen: string;
  readonly #series: SeriesNames;

  /** @param listen host and port that serve `/metrics`. */
  constructor(operator: Operator, listen: string, series: SeriesNames) {
    this.#operator = operator;
    this.#listen = listen;
    this.#series = series;
  }

  /**
   * Waits until it has observed so many bindings; resolves with the time. It counts them anew for each look, which takes the
   * longer the more there are: looking may not take much of what is measured.
   */
  async observed(count: number): Promise<number> {
    for (;;) {
      const startedMs = systemClock.now();
      const page = await this.#page().catch(() => '');
      const nowMs = systemClock.now();
      if (seriesValue(page, this.#series.observed) === count) return nowMs;
      await systemClock.sleep(Math.min(1_000, Math.max(50, LOOK_SHARE * (nowMs - startedMs))));
    }
  }

  async statusWrites(): Promise<number> {
    return seriesValue(await this.#page(), this.#series.statusWrites);
  }

  log(): string {
    return this.#operator.log();
  }

  async stop(signal?: NodeJS.Signals): Promise<void> {
    await this.#operator.stop(signal);
  }

  /** Resident memory, in bytes. */
  residentBytes(): number {
    const kibibytes = /VmRSS:\s+(\d+) kB/.exec(this.#proc('status'))?.[1];
    return Number(kibibytes) * 1_024;
  }

  /** Processor time that it has used, in seconds. */
  cpuSeconds(): number {
    const fields = this.#proc('stat').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#operator.process.pid}/${file}`, 'utf8');
  }

  async #page(): Promise<string> {
    return (await fetch(`http://${this.#listen}/metrics`)).text();
  }
}

/** The value of one series; 0 when it is not there. */
function seriesValue(page: string, series: string): number {
  const line = page.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}
