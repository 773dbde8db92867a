/**
 * A whole world on one virtual clock: a fleet, the git-synced directory, the engine and the simulated cloud, in one
 * process without sockets. It knows how to do things to them; what is done and when is drawn elsewhere.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Policy } from '../../src/core/policy.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { FaultSpec } from '../../src/simulator/fault.ts';
import { generateFleet } from '../../src/simulator/generate-fleet.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { BindingVerdict } from '../../src/sinks/port.ts';
import { Chance } from './chance.ts';
import { type Approved, approvalsText, type Commit } from './commit.ts';
import { digestsIn } from './digests-in.ts';
import { drawPolicy } from './draw-policy.ts';
import { EngineProcess } from './engine-process.ts';
import { GuardPromises } from './guard-promises.ts';
import { Invariants } from './invariants.ts';
import { Members } from './members.ts';
import { LINK, MemoryTree } from './memory-tree.ts';
import {
  documentFile,
  documentText,
  goneInDoubt,
  type InForce,
  type ModelDocument,
} from './model-revision.ts';
import { watched } from './watched-cloud.ts';

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
  /** Approvals that stand beside the documents. */
  readonly approvals: Approved[] = [];
  /** What was published last, by binding. */
  readonly published = new Map<string, BindingVerdict>();
  /** Every digest of a plan that was ever told. */
  readonly digestsSeen = new Set<string>();
  readonly regions: readonly string[];
  /** What the policy promises; absent in a world without one. */
  readonly promises: GuardPromises | undefined;
  engine: EngineProcess | undefined;
  readonly #engineRandom: Random;
  #inForce = new Map<string, InForce>();
  /** What the engine itself last read of each document: what it keeps when a newer valid form passed unseen. */
  readonly #read = new Map<string, InForce>();
  readonly #valid = new Map<string, ReadonlyMap<string, InForce>>();
  readonly #commits = new Map<string, Commit>();
  readonly #members: Members;
  #keptByEngine: InForce[] = [];
  #revisions = 0;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.chance = new Chance(random);
    const guarded = seed % 2 === 0;
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
    this.regions = regions;
    this.#members = new Members(this.simulator.state);
    this.invariants = new Invariants(this, guarded);
    this.tell(
      `seed ${seed}: ${fleet.regions[regions[0] as string]?.instances.length}+ instances, api ${this.api}`,
    );
    if (!guarded) return;
    const policy = drawPolicy({ chance: this.chance, cloud: this.simulator.state, regions });
    this.promises = new GuardPromises(this, policy);
    this.tell(`policy ${JSON.stringify(policy)}`);
  }

  get policy(): Policy | undefined {
    return this.promises?.policy;
  }

  /** The instances that a document names, or that its selector has ever fitted. */
  members(document: InForce): ReadonlySet<string> {
    return this.#members.of(document);
  }

  /** Adds a line to the story. */
  tell(line: string): void {
    this.story.push(`${((this.clock.now() - Date.UTC(2026, 0, 1)) / 1000).toFixed(3).padStart(10)} ${line}`);
  }

  start(): void {
    this.tell('the engine starts');
    this.promises?.forget();
    this.engine = new EngineProcess({
      clock: this.clock,
      random: this.#engineRandom,
      simulator: this.simulator,
      tree: this.tree,
      root: LINK,
      database: this.database,
      api: this.api,
      ...(this.policy === undefined ? {} : { settings: { policy: this.policy } }),
      onVerdicts: (verdicts) => {
        this.invariants.published(verdicts);
        this.promises?.published(verdicts);
        for (const verdict of verdicts) this.#told(verdict);
      },
      onRevision: ({ revision }) => this.#readByEngine(revision),
      onProblem: (problem) => this.tell(`the source says: ${problem?.message ?? 'all is well'}`),
      wrapCloud: (cloud) => watched(this, cloud),
      wrapApprovals: (store) => this.promises?.plans.watch(store) ?? store,
    });
  }

  #told(verdict: BindingVerdict): void {
    this.published.set(verdict.key, verdict);
    for (const digest of digestsIn(verdict)) this.digestsSeen.add(digest);
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
    for (const document of this.documents) files.set(documentFile(document), documentText(document));
    if (this.approvals.length > 0) files.set('approvals/all.yaml', approvalsText(this.approvals));
    this.#commits.set(commit, {
      documents: structuredClone(this.documents),
      approvals: [...this.approvals],
    });
    if (files.size === 0) files.set('empty.yaml', '# nothing\n');
    const next = new Map<string, InForce>();
    const valid = new Map<string, InForce>();
    this.#keptByEngine = [];
    for (const document of this.documents) {
      const kept = this.#inForce.get(document.name);
      if (document.broken === undefined) valid.set(document.name, structuredClone(document));
      else {
        if (kept !== undefined) next.set(document.name, kept);
        this.#keptByEngine.push(...[this.#read.get(document.name) ?? []].flat());
      }
    }
    for (const [name, document] of valid) next.set(name, document);
    for (const name of goneInDoubt(
      this.documents,
      new Set([...this.#inForce.keys(), ...this.#read.keys()]),
    )) {
      const kept = this.#inForce.get(name);
      if (kept !== undefined) next.set(name, kept);
      this.#keptByEngine.push(...[this.#read.get(name) ?? []].flat());
    }
    this.#valid.set(commit, valid);
    // A revision that declares nothing at all is not obeyed.
    if (next.size > 0) this.#inForce = next;
    this.tree.publish(commit, files);
    this.declared();
    this.tell(`git publishes ${commit.slice(-8)} with ${files.size} files`);
  }

  /** Who is declared has changed. */
  declared(): void {
    const documents = [...this.#inForce.values(), ...this.#keptByEngine];
    this.invariants.declared(
      documents.map((document) => ({ ...document, instanceIds: [...this.members(document)] })),
    );
    this.promises?.declared();
  }

  /** Somebody gives an instance other tags. */
  retag(instanceId: string, tags: Readonly<Record<string, string>>): void {
    const instance = this.simulator.state.instance(instanceId);
    if (instance === undefined) return;
    this.tell(`${instanceId} gets the tags ${JSON.stringify(tags)}`);
    this.simulator.state.patch(instanceId, { tags: { ...instance.tags, ...tags } });
    this.#members.refit();
    this.declared();
  }

  #readByEngine(revision: string): void {
    this.tell(`the engine reads ${revision.slice(-8)}`);
    const commit = this.#commits.get(revision);
    if (commit !== undefined) this.promises?.read(commit);
    if (commit !== undefined) {
      const kept = new Set(goneInDoubt(commit.documents, this.#read.keys()));
      for (const { name } of commit.documents) kept.add(name);
      for (const name of this.#read.keys()) if (!kept.has(name)) this.#read.delete(name);
    }
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
}
