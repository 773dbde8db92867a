/**
 * A whole world on one virtual clock: a fleet, the git-synced directory, the engine and the simulated cloud, in one
 * process without sockets. It knows how to do things to them; what is done and when is drawn elsewhere.
 */
import { DatabaseSync } from 'node:sqlite';
import type { CloudProvider } from '../../src/cloud/port.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { FaultSpec } from '../../src/simulator/fault.ts';
import { generateFleet } from '../../src/simulator/generate-fleet.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { Chance } from './chance.ts';
import { EngineProcess } from './engine-process.ts';
import { Invariants } from './invariants.ts';
import { LINK, MemoryTree } from './memory-tree.ts';
import { documentText, type InForce, type ModelDocument } from './model-revision.ts';

export class World {
  readonly clock = new VirtualClock();
  readonly chance: Chance;
  readonly simulator: Simulator;
  readonly tree = new MemoryTree();
  readonly database = new DatabaseSync(':memory:');
  readonly invariants: Invariants;
  readonly api: 'auto' | 'v2' | 'v3';
  readonly story: string[] = [];
  readonly documents: ModelDocument[] = [];
  engine: EngineProcess | undefined;
  readonly #engineRandom: Random;
  #inForce = new Map<string, InForce>();
  /** What the engine itself last read of each document: what it keeps when a newer valid form passed unseen. */
  readonly #read = new Map<string, InForce>();
  readonly #valid = new Map<string, ReadonlyMap<string, InForce>>();
  #revisions = 0;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.chance = new Chance(random);
    this.#engineRandom = seededRandom(seed ^ 0x5eed);
    const regions = this.chance.happens(0.5) ? ['ap-guangzhou'] : ['ap-guangzhou', 'ap-shanghai'];
    const fleet = generateFleet({ instances: this.chance.int(12, 48), regions, seed, groupsPerRegion: 6 });
    this.api = this.chance.one(['auto', 'v2', 'v3'] as const);
    this.simulator = createSimulator({
      clock: this.clock,
      random: seededRandom(seed ^ 0xc10d),
      fleet,
      latencyMs: this.chance.int(5, 200),
    });
    this.invariants = new Invariants(this);
    this.tell(
      `seed ${seed}: ${fleet.regions[regions[0] as string]?.instances.length}+ instances, api ${this.api}`,
    );
  }

  /** Adds a line to the story. */
  tell(line: string): void {
    this.story.push(`${((this.clock.now() - Date.UTC(2026, 0, 1)) / 1000).toFixed(3).padStart(10)} ${line}`);
  }

  start(): void {
    this.tell('the engine starts');
    this.engine = new EngineProcess({
      clock: this.clock,
      random: this.#engineRandom,
      simulator: this.simulator,
      tree: this.tree,
      root: LINK,
      database: this.database,
      api: this.api,
      onVerdicts: (verdicts) => this.invariants.published(verdicts),
      onRevision: ({ revision }) => this.#readByEngine(revision),
      onProblem: (problem) => this.tell(`the source says: ${problem?.message ?? 'all is well'}`),
      wrapCloud: (cloud) => this.#watched(cloud),
    });
  }

  kill(): void {
    this.tell('the engine is killed');
    this.engine?.kill();
    this.engine = undefined;
    this.invariants.forgetProcess();
  }

  /** Publishes the documents as they are now. */
  publish(): void {
    const commit = (++this.#revisions).toString(16).padStart(40, '0');
    const files = new Map<string, string>();
    for (const document of this.documents) files.set(`${document.name}.yaml`, documentText(document));
    if (files.size === 0) files.set('empty.yaml', '# nothing\n');
    const next = new Map<string, InForce>();
    const valid = new Map<string, InForce>();
    const keptByEngine: InForce[] = [];
    for (const document of this.documents) {
      const kept = this.#inForce.get(document.name);
      if (document.broken === undefined) valid.set(document.name, structuredClone(document));
      else {
        if (kept !== undefined) next.set(document.name, kept);
        keptByEngine.push(...[this.#read.get(document.name) ?? []].flat());
      }
    }
    for (const [name, document] of valid) next.set(name, document);
    this.#valid.set(commit, valid);
    // A revision that declares nothing at all is not obeyed.
    if (next.size > 0) this.#inForce = next;
    this.tree.publish(commit, files);
    this.invariants.declared([...this.#inForce.values(), ...keptByEngine]);
    this.tell(`git publishes ${commit.slice(-8)} with ${files.size} files`);
  }

  #readByEngine(revision: string): void {
    this.tell(`the engine reads ${revision.slice(-8)}`);
    for (const [name, document] of this.#valid.get(revision) ?? []) this.#read.set(name, document);
  }

  /** What is in force, by document. */
  get inForce(): ReadonlyMap<string, InForce> {
    return this.#inForce;
  }

  /** Somebody else writes a list. */
  drift(instanceId: string, list: readonly string[]): void {
    this.tell(`somebody sets ${instanceId} to ${list.join(' ') || 'nothing'}`);
    this.simulator.state.setList(instanceId, list);
  }

  /** A fault for some time. */
  fault(spec: FaultSpec, durationMs: number): void {
    const fault = this.simulator.faults.add(spec);
    this.tell(`fault ${JSON.stringify(spec)} for ${durationMs} ms`);
    this.clock.setTimer(durationMs, () => {
      if (this.simulator.faults.remove(fault.id)) this.tell(`fault ${spec.kind} ends`);
    });
  }

  #watched(cloud: CloudProvider): CloudProvider {
    return {
      client: (scope) => {
        const client = cloud.client(scope);
        return {
          scope,
          get api() {
            return client.api;
          },
          get writeLimits() {
            return client.writeLimits;
          },
          listInstances: (query, signal) => client.listInstances(query, signal),
          listSecurityGroups: (query, signal) => client.listSecurityGroups(query, signal),
          describeGroupLimit: (signal) => client.describeGroupLimit(signal),
          describeInstances: async (ids, signal) => {
            const result = await client.describeInstances(ids, signal);
            if (result.ok) this.invariants.read(result.value);
            return result;
          },
          writeSecurityGroups: async (writes, signal) => {
            const ids = writes.map((write) => write.instanceId);
            this.invariants.sent(writes);
            const result = await client.writeSecurityGroups(writes, signal);
            this.invariants.returned(writes, result.ok);
            const end = result.ok ? 'accepted' : `${result.error.code}`;
            this.tell(`write of ${ids.join(' ')}: ${end}`);
            return result;
          },
        };
      },
    };
  }
}
