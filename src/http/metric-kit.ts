/** Makes metrics of one registry; every kind in one way. */
import { Counter, Gauge, Histogram, type Registry } from './metric-library.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

interface About<T extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly T[];
}

export class MetricKit {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  counter<T extends string>(about: About<T>): Counter<T> {
    return new Counter({ ...about, labelNames: [...about.labelNames], registers: [this.#registry] });
  }

  /** @param buckets of seconds without them. */
  histogram<T extends string>(about: About<T>, buckets: readonly number[] = SECONDS): Histogram<T> {
    const parts = { labelNames: [...about.labelNames], buckets: [...buckets], registers: [this.#registry] };
    return new Histogram({ ...about, ...parts });
  }

  /** A gauge that is read from the parts when somebody looks. */
  gauge<T extends string>(about: About<T>, collect: (gauge: Gauge<T>) => void): void {
    const gauge: Gauge<T> = new Gauge({
      ...about,
      labelNames: [...about.labelNames],
      registers: [this.#registry],
      // A scope that is gone leaves no line behind.
      collect: () => {
        gauge.reset();
        collect(gauge);
      },
    });
  }
}
