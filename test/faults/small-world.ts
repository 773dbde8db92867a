/**
 * A small world for scenarios: a fleet whose instances all start with the list `a b`, a source that is edited by hand,
 * the engine and the simulated cloud, on one virtual clock and without sockets.
 */

import { DatabaseSync } from 'node:sqlite';
import { type BindingKey, bindingKey, type InstanceId, type SecurityGroupId } from '../../src/api/ids.ts';
import type { CredentialsProvider } from '../../src/cloud/credentials/credentials.ts';
import { createCredentialsProvider } from '../../src/cloud/credentials/provider.ts';
import { createCloudProvider } from '../../src/cloud/provider.ts';
import type { Controller } from '../../src/controller/controller.ts';
import type { InstanceStatus } from '../../src/core/instance-status.ts';
import type { Binding } from '../../src/core/model.ts';
import { type ControllerSettings, DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import type { Recorder } from '../../src/manager/create-controller.ts';
import { createController } from '../../src/manager/create-controller.ts';
import { TrafficLogger } from '../../src/manager/logging/journal-logger.ts';
import { WriteGatherer } from '../../src/manager/write-gatherer.ts';
import type { Notifier } from '../../src/notify/notifier.ts';
import type { Source } from '../../src/ports/source.ts';
import type { BindingStatus, ObjectSink } from '../../src/ports/status.ts';
import type { PersistedOriginals } from '../../src/ports/store.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { Leadership } from '../../src/runtime/leadership.ts';
import type { Log } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { noTelemetry } from '../../src/runtime/telemetry.ts';
import { TransportError } from '../../src/runtime/transport.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { CallRecord } from '../../src/simulator/calls.ts';
import type { FleetRule } from '../../src/simulator/fleet.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { LocalState } from '../../src/store/local-state.ts';
import { openInMemory } from '../../src/store/sqlite/state-file.ts';
import { Fence } from '../simulation/fence.ts';
import { HandEditedSource } from './hand-edited-source.ts';
import { type Moment, mortalJournal } from './mortal-journal.ts';

export const REGION = 'ap-guangzhou';
export const OTHER_REGION = 'ap-shanghai';
/** The first number of an instance of the other region. */
const FIRST_OTHER = 100;
const WRITES = new Set(['ModifySecurityGroupsOfInstance', 'ModifyInstancesAttribute']);

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** The nth instance. */
export const ins = (n: number) => `ins-${String(n).padStart(8, '0')}` as InstanceId;
/** Groups by letter: `a b` are sg-aaaaaaaa and sg-bbbbbbbb. */
export const groups = (letters: string): SecurityGroupId[] =>
  letters
    .split(' ')
    .filter(Boolean)
    .map((letter) => `sg-${letter.repeat(8)}` as SecurityGroupId);
const letters = (list: readonly string[]): string => list.map((id) => id.slice(3, 4)).join(' ');

export interface SmallWorldOptions {
  readonly instances?: number;
  /** The ingress of groups by letter; with it the engine reads rules. */
  readonly rules?: Readonly<Record<string, readonly FleetRule[]>>;
  readonly api?: 'auto' | 'v2' | 'v3';
  readonly latencyMs?: number;
  /** Instances of the other region, from number 100 on. */
  readonly otherRegion?: number;
  /** The tags of the nth instance. */
  readonly tags?: (n: number) => Record<string, string>;
  readonly settings?: Partial<ControllerSettings>;
  /** Where original lists have to stand before a write. */
  readonly persistedOriginals?: PersistedOriginals;
  /** Who may act; this process alone without it. */
  readonly leadership?: Leadership;
  /** What stands before the credentials of the world. */
  readonly wrapCredentials?: (own: CredentialsProvider) => CredentialsProvider;
  /** Spoils the body of every reply, before the engine reads it. */
  readonly spoil?: (body: string) => string;
  /** Another source beside the one that is edited by hand. */
  readonly otherSource?: Source;
  /** What has to be stored before a write is journalled. */
  readonly recorders?: readonly Recorder[];
  /** Whether the state file is told before the other sink. */
  readonly stateFirst?: boolean;
  /** Who is told what happens, as in a whole process. */
  readonly notifier?: (clock: Clock) => Notifier;
}

export class SmallWorld {
  readonly clock = new VirtualClock();
  readonly simulator: Simulator;
  readonly database = new DatabaseSync(':memory:');
  readonly source = new HandEditedSource();
  /** The drift that was counted. */
  readonly drift: ('found' | 'repaired')[] = [];
  /** In how many instances drift opened something. */
  opened = 0;
  /** Every log line, fields and all. */
  readonly log: string[] = [];
  /** What was published last of each binding, and everything that ever was, as JSON. */
  readonly published = new Map<BindingKey, BindingStatus>();
  readonly publications: string[] = [];
  readonly env: Record<string, string>;
  movedApi = 0;
  /** Tells the engine that somebody else has altered what was published of these. */
  altered: (keys: readonly BindingKey[]) => void = () => {};
  /** While true no request leaves this machine. */
  unreachable = false;
  controller: Controller;
  readonly #options: SmallWorldOptions;
  #fence: Fence | undefined;
  #abort = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #killAt: Moment | undefined;

  constructor(options: SmallWorldOptions = {}) {
    this.#options = options;
    const count = options.instances ?? 20;
    this.simulator = createSimulator({
      clock: this.clock,
      random: seededRandom(1),
      latencyMs: options.latencyMs ?? 20,
      fleet: {
        accounts: ['default'],
        regions: {
          [REGION]: region(0, count, options),
          ...(options.otherRegion === undefined
            ? {}
            : { [OTHER_REGION]: region(FIRST_OTHER, options.otherRegion, options) }),
        },
      },
    });
    const key = this.simulator.credentials[0];
    this.env = {
      TENCENTCLOUD_SECRET_ID: key?.secretId ?? '',
      TENCENTCLOUD_SECRET_KEY: key?.secretKey ?? '',
    };
    this.simulator.state.onChange((change) => {
      if (WRITES.has(change.action)) this.#reached('applied');
    });
    this.controller = this.start();
  }

  /** Starts a process over the state that the one before left. */
  start(): Controller {
    const { simulator } = this;
    const fence = new Fence(this.clock);
    this.#fence = fence;
    const { clock } = fence;
    const { spoil } = this.#options;
    const guarded = fence.guard(async (request, signal) => {
      const response = await simulator.transport(request, signal);
      return spoil === undefined ? response : { ...response, body: spoil(response.body) };
    });
    const transport: typeof guarded = (request, signal) => {
      if (this.unreachable)
        return Promise.reject(new TransportError('ECONNREFUSED', 'refused', { sent: false }));
      const answer = guarded(request, signal);
      if (/ModifySecurityGroups|ModifyInstances/.test(JSON.stringify(request))) this.#reached('sent');
      return answer;
    };
    const random = seededRandom(2);
    const own = createCredentialsProvider({ env: this.env, transport, clock });
    const credentials = this.#options.wrapCredentials?.(own) ?? own;
    const state = new LocalState(openInMemory(this.database), { clock, actor: 'small world' });
    const sink = this.#sink();
    const notifiers = this.#options.notifier === undefined ? [] : [this.#options.notifier(clock)];
    const writes = new WriteGatherer({ clock, log: this.#logger(), recorders: notifiers });
    const provider = createCloudProvider({
      api: this.#options.api ?? 'v2',
      endpoint: 'http://127.0.0.1:8099',
      transport,
      credentials,
      clock,
      random,
      onApiMoved: (scope) => {
        this.movedApi++;
        this.controller.apiMoved(scope);
      },
    });
    this.controller = createController({
      sources: [this.source, ...(this.#options.otherSource === undefined ? [] : [this.#options.otherSource])],
      sinks: [...notifiers, ...(this.#options.stateFirst ? [state, sink] : [sink, state])],
      objectSink: sink,
      cloud: { provider, ruleReaders: this.#options.rules === undefined ? undefined : provider },
      trafficRecorders: [state, new TrafficLogger(this.#logger()), writes, ...notifiers],
      memory: {
        inventory: state,
        journal: mortalJournal(state, {
          isAlive: () => this.#fence === fence,
          reached: (moment) => this.#reached(moment),
        }),
      },
      recorders: this.#options.recorders ?? [],
      journalListeners: [writes],
      persistedOriginals: this.#options.persistedOriginals,
      leadership: this.#options.leadership,
      approvals: state,
      settings: { ...DEFAULT_SETTINGS, ...this.#options.settings },
      clock,
      random,
      log: this.#logger(),
      telemetry: {
        ...noTelemetry,
        drift: (what) => void this.drift.push(what),
        driftOpened: (instances) => {
          this.opened += instances;
        },
      },
    });
    this.#abort = new AbortController();
    this.#ended = this.controller.run(this.#abort.signal);
    return this.controller;
  }

  /** Ends the process as SIGTERM does. */
  stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    return this.#ended;
  }

  /** Ends the process as SIGKILL does. */
  kill(): void {
    this.#fence?.kill();
    this.#fence = undefined;
  }

  /** Kills the process at the first such moment from now on. */
  killAt(moment: Moment): void {
    this.#killAt = moment;
  }

  get running(): boolean {
    return this.#fence !== undefined;
  }

  /** Declares, or declares anew, that these instances shall have the groups of these letters. */
  declare(name: string, ids: readonly InstanceId[], list: string, over: Partial<Binding> = {}): void {
    this.source.put({
      key: bindingKey('shop', name),
      namespace: 'shop',
      name,
      scope: { account: 'default', region: REGION },
      instanceIds: ids,
      sgIds: groups(list),
      mode: 'Enforce',
      suspend: false,
      origin: { kind: 'directory', file: `${name}.yaml`, line: 1, column: 1, revision: 'r1' },
      ...over,
    });
  }

  remove(name: string): void {
    this.source.remove(bindingKey('shop', name));
  }

  /** Gives a group of the region other rules. */
  setRules(letter: string, ingress: readonly FleetRule[]): void {
    const [securityGroupId = ''] = groups(letter);
    this.simulator.state.addGroup(REGION, { securityGroupId, ingress });
  }

  /** The true list of the nth instance, by letters. */
  list(n: number): string {
    return letters(this.simulator.state.list(ins(n)));
  }

  /** Where the nth instance stands, as the binding sees it. */
  status(name: string, n: number): InstanceStatus {
    return this.controller.status(bindingKey('shop', name), ins(n));
  }

  /** The conditions of a binding that are published, as `Type=Status Reason`. */
  conditions(name: string): string[] {
    const status = this.published.get(bindingKey('shop', name));
    return (status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
  }

  /** Write calls that the cloud saw since a time. */
  writeCalls(sinceMs = 0): CallRecord[] {
    return this.simulator.calls.entries().filter((call) => WRITES.has(call.action) && call.timeMs >= sinceMs);
  }

  /** Lets time pass until it holds. @throws Error when it does not within the limit. */
  async until(holds: () => boolean, limitMs: number): Promise<number> {
    const startMs = this.clock.now();
    while (!holds()) {
      if (this.clock.now() - startMs > limitMs) throw new Error(`still not so after ${limitMs} ms`);
      if (!(await this.clock.step(this.clock.now() + 1_000))) await this.clock.advance(10);
    }
    return this.clock.now() - startMs;
  }

  /** Rows of the journal that were never settled. */
  openEntries(): number {
    const row = this.database
      .prepare(
        "SELECT count(*) AS n FROM journal WHERE outcome IS NULL OR (outcome = 'accepted' AND verified_ms IS NULL)",
      )
      .get();
    return Number(row?.n);
  }

  #reached(moment: Moment): void {
    if (this.#killAt !== moment) return;
    this.#killAt = undefined;
    this.kill();
  }

  #sink(): ObjectSink {
    return {
      publish: (statuses) => {
        for (const status of statuses) {
          this.published.set(status.key, status);
          this.publications.push(JSON.stringify(status));
        }
      },
      remove: (keys) => {
        for (const key of keys) this.published.delete(key);
      },
      previous: () => [],
      onAltered: (listener) => {
        this.altered = listener;
      },
      gained: () => {},
      restored: () => {},
      apiMoved: () => {},
    };
  }

  #logger(): Log {
    const write = (fields: object, message: string) => this.log.push(`${message} ${JSON.stringify(fields)}`);
    return { debug: write, info: write, warn: write, error: write };
  }
}

/** So many instances that have the list `a b`, from a number on, and the groups. */
function region(from: number, count: number, { tags, rules = {} }: SmallWorldOptions) {
  return {
    securityGroups: LETTERS.map((letter) => ({
      securityGroupId: `sg-${letter.repeat(8)}`,
      ingress: rules[letter] ?? [],
    })),
    instances: Array.from({ length: count }, (_, index) => ({
      instanceId: ins(from + index),
      securityGroupIds: groups('a b'),
      instanceName: `web-${from + index}`,
      ...(tags === undefined ? {} : { tags: tags(from + index) }),
    })),
  };
}
