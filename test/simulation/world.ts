/**
 * A whole world on one virtual clock: a fleet, the git-synced directory, the engine and the simulated cloud, in one
 * process without sockets. It knows how to do things to them; what is done and when is drawn elsewhere.
 */
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../../src/core/policy.ts';
import type { BindingStatus } from '../../src/ports/status.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { FaultSpec } from '../../src/simulator/fault.ts';
import { DEFAULT_ACCOUNT } from '../../src/simulator/fleet.ts';
import { generateFleet } from '../../src/simulator/generate-fleet.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { Chance } from './chance.ts';
import { CloudLog } from './cloud-log.ts';
import { type Approved, approvalsText, type Commit } from './commit.ts';
import { digestsIn } from './digests-in.ts';
import { drawPolicy } from './draw-policy.ts';
import { drawExposure, redrawRules } from './draw-rules.ts';
import { type EngineOptions, EngineProcess } from './engine-process.ts';
import { fleetOfAccounts } from './fleet-of-accounts.ts';
import { GuardPromises } from './guard-promises.ts';
import { Invariants } from './invariants.ts';
import { JournalTruth, type Writer } from './journal-truth.ts';
import { Members } from './members.ts';
import { type Layout, LINK, MemoryTree } from './memory-tree.ts';
import {
  documentFile,
  documentKey,
  documentText,
  goneInDoubt,
  type InForce,
  type ModelDocument,
} from './model-revision.ts';
import { watched } from './watched-cloud.ts';
import { Wire } from './wire.ts';

const LAYOUTS: readonly Layout[] = ['git-sync', 'git-sync', 'config-map', 'plain'];

export class World {
  readonly clock = new VirtualClock();
  readonly chance: Chance;
  readonly simulator: Simulator;
  readonly tree: MemoryTree;
  readonly database = new DatabaseSync(':memory:');
  readonly invariants: Invariants;
  readonly journal: JournalTruth;
  /** Those of every process that had a state of its own. */
  readonly journals: JournalTruth[] = [];
  readonly wire: Wire;
  readonly log: CloudLog;
  readonly api: 'auto' | 'v2' | 'v3';
  readonly story: string[] = [];
  readonly documents: ModelDocument[] = [];
  /** Approvals that stand beside the documents. */
  readonly approvals: Approved[] = [];
  /** What was published last, by binding. */
  readonly published = new Map<string, BindingStatus>();
  /** Every digest of a plan that was ever told. */
  readonly digestsSeen = new Set<string>();
  readonly regions: readonly string[];
  /** What the policy promises; absent in a world without one. */
  readonly promises: GuardPromises | undefined;
  engine: EngineProcess | undefined;
  /** How far the calendar of the engine's machine is ahead. */
  calendarAheadMs = 0;
  readonly #engineRandom: Random;
  #inForce = new Map<string, InForce>();
  /** What the engine itself last read of each document: what it keeps when a newer valid form passed unseen. */
  readonly #read = new Map<string, InForce>();
  /** Documents that were broken in the revision that the engine read last. */
  #unread = new Set<string>();
  readonly #valid = new Map<string, ReadonlyMap<string, InForce>>();
  readonly #commits = new Map<string, Commit>();
  readonly #members: Members;
  #keptByEngine: InForce[] = [];
  #revisions = 0;
  #newestCommit = '';
  /** The commit that the engine read last. */
  #readCommit = '';
  #isHidden = false;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.chance = new Chance(random);
    const guarded = seed % 2 === 0;
    // Approvals need to know what came when, which only commits tell the world.
    const layout = guarded ? 'git-sync' : new Chance(seededRandom(seed ^ 0x10f)).one(LAYOUTS);
    this.tree = new MemoryTree(layout);
    this.#engineRandom = seededRandom(seed ^ 0x5eed);
    const regions = this.chance.happens(0.5) ? ['ap-guangzhou'] : ['ap-guangzhou', 'ap-shanghai'];
    const shape = { instances: this.chance.int(12, 48), regions, seed, groupsPerRegion: 6 };
    const isShared = !guarded && new Chance(seededRandom(seed ^ 0xacc)).happens(0.4);
    const fleet = isShared ? fleetOfAccounts(shape) : generateFleet(shape);
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
    this.wire = new Wire(this);
    this.log = new CloudLog(this.simulator, this.wire, ({ instanceId, list }) =>
      this.invariants.violate(`[${list}] arrives at ${instanceId}, and no call of the engine brought it`),
    );
    this.journal = new JournalTruth(this, { database: this.database, log: this.log, sender: 'holder' });
    this.journals.push(this.journal);
    this.tell(
      `seed ${seed}: ${fleet.regions[regions[0] as string]?.instances.length}+ instances, api ${this.api}, ${layout}`,
    );
    if (!guarded) return;
    const drawn = drawPolicy({ chance: this.chance, cloud: this.simulator.state, regions });
    const apart = new Chance(seededRandom(seed ^ 0xf12e));
    const policy = apart.happens(0.5) ? { ...drawn, exposure: drawExposure(apart, regions) } : drawn;
    if (policy.exposure.length > 0) {
      for (const region of regions) {
        for (const sgId of this.simulator.state.groupIds(region))
          redrawRules(this, region, { sgId, chance: apart });
      }
    }
    this.promises = new GuardPromises(this, policy, apart.happens(0.3) ? 'require' : 'auto');
    this.tell(`policy ${JSON.stringify(policy)}`);
  }

  get policy(): Policy | undefined {
    return this.promises?.policy;
  }

  /** The instances that a document names, or that its selector has ever fitted. */
  members(document: InForce): ReadonlySet<string> {
    return this.#members.of(document);
  }

  /** Looks after the journal of a command that has a state of its own, to the end of the history. */
  journalOf(database: DatabaseSync, command: Exclude<Writer, 'engine'>): JournalTruth {
    const journal = new JournalTruth(this, { database, log: this.log, sender: 'other' });
    journal.forgetProcess(command);
    this.journals.push(journal);
    return journal;
  }

  /** The groups that the account of an instance, or of a document, has in its region. */
  groupsOf({
    account = DEFAULT_ACCOUNT,
    region,
  }: {
    account?: string | undefined;
    region: string;
  }): string[] {
    return this.simulator.state.groups(account, region).map(({ securityGroupId }) => securityGroupId);
  }

  /** Adds a line to the story. */
  tell(line: string): void {
    this.story.push(`${((this.clock.now() - Date.UTC(2026, 0, 1)) / 1000).toFixed(3).padStart(10)} ${line}`);
  }

  start(): void {
    this.tell('the engine starts');
    this.promises?.forget();
    this.journal.forgetProcess();
    this.engine = new EngineProcess({
      clock: this.clock,
      random: this.#engineRandom,
      simulator: this.simulator,
      transport: this.wire.transport('holder'),
      tree: this.tree,
      root: LINK,
      database: this.database,
      api: this.api,
      ...this.#policySettings(),
      onStatuses: (statuses) => {
        this.invariants.published(statuses);
        this.promises?.published(statuses);
        this.journal.published(statuses);
        for (const status of statuses) this.#reported(status);
      },
      onRevision: ({ revision }) =>
        this.#readByEngine(this.#commits.has(revision) ? revision : (this.tree.lastRead ?? '')),
      onProblem: (problem) => this.tell(`the source says: ${problem?.message ?? 'all is well'}`),
      calendarAheadMs: () => this.calendarAheadMs,
      wrapJournal: (journal) => this.journal.watch(journal),
      wrapCloud: (cloud) => watched(this, cloud),
      wrapApprovals: (store) => this.promises?.plans.watch(store) ?? store,
    });
  }

  #policySettings(): Pick<EngineOptions, 'settings' | 'wrapRules'> {
    const { policy, promises } = this;
    if (policy === undefined || promises === undefined) return {};
    const { exposure } = promises;
    if (exposure === undefined) return { settings: { policy } };
    return {
      settings: { policy, traffic: exposure.mode },
      wrapRules: (readers) => exposure.watch(readers),
    };
  }

  #reported(status: BindingStatus): void {
    this.published.set(status.key, status);
    for (const digest of digestsIn(status)) this.digestsSeen.add(digest);
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
    // The one before may have been replaced before it settled, so that the engine knows less than was published.
    if (valid.size === 0 && this.#keptByEngine.length === 0) this.#keptByEngine.push(...this.#read.values());
    this.tree.publish(commit, files);
    this.#newestCommit = commit;
    this.#isHidden = false;
    this.declared();
    this.tell(`git publishes ${commit.slice(-8)} with ${files.size} files`);
  }

  /** Takes the directory away, or puts it back. */
  hide(hidden: boolean): void {
    this.tree.hide(hidden);
    this.#isHidden = hidden;
    this.declared();
  }

  /** Who is declared has changed. */
  declared(): void {
    const named = (document: InForce) => ({ ...document, instanceIds: [...this.members(document)] });
    const documents = [...this.#inForce.values(), ...this.#keptByEngine];
    // A directory that is away changes nothing: what went with it unread does not count before it is back.
    const isUnread = this.#isHidden && this.#readCommit !== this.#newestCommit;
    const obeyed = isUnread ? this.readForms().map(named) : [];
    this.invariants.declared(documents.map(named), obeyed);
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
    this.#readCommit = revision;
    const commit = this.#commits.get(revision);
    if (commit !== undefined) this.promises?.read(commit);
    if (commit !== undefined) {
      const kept = new Set(goneInDoubt(commit.documents, this.#read.keys()));
      for (const { name } of commit.documents) kept.add(name);
      for (const [name, document] of this.#read) {
        if (kept.has(name)) continue;
        this.#read.delete(name);
        this.journal.redeclared(documentKey(document));
      }
    }
    for (const [name, document] of this.#valid.get(revision) ?? []) {
      // One that could be read no more and can be again begins anew as well.
      const isSame = isDeepStrictEqual(this.#read.get(name), document) && !this.#unread.has(name);
      if (!isSame) this.journal.redeclared(documentKey(document));
      this.#read.set(name, document);
    }
    if (commit !== undefined) {
      const broken = commit.documents.filter((document) => document.broken !== undefined);
      this.#unread = new Set(broken.map(({ name }) => name));
    }
  }

  /** The forms of documents that the engine itself has read last. */
  readForms(): readonly InForce[] {
    return [...this.#read.values()];
  }

  /** What is in force, by document. */
  get inForce(): ReadonlyMap<string, InForce> {
    return this.#inForce;
  }

  /** Somebody else writes a list. */
  drift(instanceId: string, list: readonly string[]): void {
    this.tell(`somebody sets ${instanceId} to ${list.join(' ') || 'nothing'}`);
    if (this.simulator.state.instance(instanceId) === undefined) return;
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
