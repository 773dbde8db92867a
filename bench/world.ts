/** A simulator, a published directory and an engine, each where it would be: two processes and a disk. */
import { systemClock } from '../src/runtime/clock.ts';
import { Child } from './children/child.ts';
import type { EngineOptions } from './children/engine-wiring.ts';
import type { SimulatorAddress } from './children/simulator.ts';
import { Publisher } from './publisher.ts';
import { type Declared, documentsOf, type Workload } from './workload.ts';

export interface WorldOptions {
  readonly workload: Workload;
  readonly api: 'v2' | 'v3';
  readonly documentsPerFile: number;
}

export class World implements AsyncDisposable {
  readonly documents: Declared[];
  readonly publisher: Publisher;
  readonly simulator: Child;
  readonly #instances: number;
  readonly #api: 'v2' | 'v3';
  #engine: Child | undefined;

  constructor({ workload, api, documentsPerFile }: WorldOptions) {
    this.#instances = workload.instances;
    this.#api = api;
    this.documents = documentsOf(workload);
    this.publisher = new Publisher(documentsPerFile);
    this.simulator = new Child('simulator', workload);
  }

  get engine(): Child {
    if (this.#engine === undefined) throw new Error('Expected the engine to be started');
    return this.#engine;
  }

  /** Publishes the first revision and starts the engine. */
  async start(): Promise<void> {
    const address = await this.simulator.ask<SimulatorAddress>('address');
    this.publisher.prepare(this.documents);
    this.publisher.publish();
    this.publisher.removeOld();
    const { root, stateDir } = this.publisher;
    this.#engine = new Child('engine', {
      ...address,
      root,
      stateDir,
      api: this.#api,
    } satisfies EngineOptions);
  }

  /** Until every instance was read back in sync and nothing waits. */
  async settled(): Promise<void> {
    for (;;) {
      await systemClock.sleep(100);
      if ((await this.engine.ask<number>('waiting')) > 0) continue;
      if ((await this.engine.ask<number>('inSync')) === this.#instances) return;
    }
  }

  /** Until this many lists were changed in the cloud; asks the simulator alone, so that the engine is not disturbed. */
  async applied(lists: number): Promise<void> {
    while ((await this.simulator.ask<number>('applied')) < lists) await systemClock.sleep(100);
  }

  /** One drift sweep from its start to its end. */
  async sweep(): Promise<void> {
    await this.engine.ask('sweep');
    await this.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.ask('stop');
    await this.#engine?.[Symbol.asyncDispose]();
    await this.simulator[Symbol.asyncDispose]();
    this.publisher[Symbol.dispose]();
  }
}
