/**
 * Gathers what goes through the journal and what is told of traffic into one story for each binding: what was written and
 * why, and what drift was found and repaired. Nothing waits for it.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import { messageOf } from '../api/message-of.ts';
import { permitText } from '../api/permit.ts';
import type { TrafficChange } from '../core/firewall/traffic-changes.ts';
import type { GroupList } from '../core/model.ts';
import { sameSequence } from '../core/plan.ts';
import type { JournalListener, WriteConclusion, WriteIntent } from '../ports/journal.ts';
import type { DriftTraffic, WriteTraffic } from '../ports/traffic.ts';
import type { BindingWrites, WriteRecorder } from '../ports/writes.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';

/** What belongs together comes within so long of each other. */
const QUIET_MS = 2_000;
/** A large change is told in parts as long as this. */
const LONGEST_MS = 30_000;
/** A repair is read back within seconds, or something is wrong. */
const REPAIR_MS = 10_000;
/** Writes that are remembered; more only means that the oldest are not told. */
const REMEMBERED = 100_000;

export interface WriteGathererOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly recorders: readonly WriteRecorder[];
}

/** Writes of one binding that have one cause. */
interface Batch {
  readonly key: string;
  readonly first: WriteIntent;
  readonly journalIds: Set<number>;
  /** What is told: accepted writes, or drifted instances. */
  readonly instanceIds: Set<InstanceId>;
  readonly lists: Map<string, { readonly before: GroupList; readonly after: GroupList }>;
  readonly changes: TrafficChange[];
  /** Instances whose write has not ended, or whose repair was not read back. */
  readonly waiting: Set<InstanceId>;
  readonly sinceMs: number;
  lastMs: number;
}

export class WriteGatherer implements JournalListener {
  readonly #options: WriteGathererOptions;
  readonly #open = new Map<string, Batch>();
  /** Drift that was told as not repaired. */
  readonly #unrepaired = new Map<BindingKey, Batch>();
  readonly #intents = new Map<number, { readonly intent: WriteIntent; readonly batch: Batch }>();
  readonly #drift = new Map<BindingKey, DriftTraffic[]>();

  constructor(options: WriteGathererOptions) {
    this.#options = options;
  }

  intended(ids: readonly number[], intents: readonly WriteIntent[]): void {
    if (this.#isUnheard) return;
    for (const [index, intent] of intents.entries()) this.#intended(ids[index] as number, intent);
  }

  concluded(ids: readonly number[], conclusion: WriteConclusion): void {
    for (const id of ids) this.#concluded(id, conclusion);
  }

  drifted(drift: DriftTraffic): void {
    if (this.#isUnheard) return;
    const { binding } = drift;
    const found = [...(this.#drift.get(binding) ?? []).slice(-9), drift];
    this.#drift.set(binding, found);
    // What is only observed has no repair to be told with.
    this.#options.clock.setTimer(LONGEST_MS, () => {
      if (this.#drift.get(binding) === found) this.#drift.delete(binding);
    });
  }

  written({ journalIds, changes }: WriteTraffic): void {
    const batches = new Set(journalIds.flatMap((id) => this.#intents.get(id)?.batch ?? []));
    for (const batch of batches) if (batch.first.cause !== 'drift') batch.changes.push(...changes);
  }

  get #isUnheard(): boolean {
    return this.#options.recorders.length === 0;
  }

  /** Tells what is gathered, whatever it still waits for. */
  flush(): void {
    for (const batch of this.#open.values()) this.#tell(batch);
  }

  #intended(journalId: number, intent: WriteIntent): void {
    const { binding, instanceId, before, after, cause, attempt } = intent;
    const isDrift = cause === 'drift';
    const unrepaired = isDrift ? this.#unrepaired.get(binding) : undefined;
    const isRetried = attempt > 1 && unrepaired?.waiting.has(instanceId) === true;
    const batch = isRetried ? unrepaired : this.#batch(intent);
    // New drift of the instance is told of anew.
    if (!isRetried) unrepaired?.waiting.delete(instanceId);
    if (isDrift) batch.instanceIds.add(instanceId);
    batch.lists.set(`${before.join()}>${after.join()}`, { before, after });
    batch.waiting.add(instanceId);
    batch.journalIds.add(journalId);
    batch.lastMs = this.#options.clock.now();
    this.#intents.set(journalId, { intent, batch });
    bound(this.#intents);
  }

  #concluded(journalId: number, { outcome }: WriteConclusion): void {
    const { intent, batch } = this.#intents.get(journalId) ?? {};
    if (intent === undefined || batch === undefined) return;
    batch.lastMs = this.#options.clock.now();
    if (intent.cause === 'drift') return;
    batch.waiting.delete(intent.instanceId);
    if (outcome === 'accepted') batch.instanceIds.add(intent.instanceId);
  }

  readBack(journalId: number, observed: GroupList): void {
    const { intent, batch } = this.#intents.get(journalId) ?? {};
    if (intent?.cause !== 'drift' || batch === undefined || !sameSequence(observed, intent.after)) return;
    batch.waiting.delete(intent.instanceId);
    const { binding } = intent;
    if (batch.waiting.size > 0 || this.#unrepaired.get(binding) !== batch) return;
    this.#unrepaired.delete(binding);
    this.#forget(batch);
    this.#each((recorder) => recorder.driftRepaired(writesOf(batch)));
  }

  #batch(first: WriteIntent): Batch {
    const key = JSON.stringify([first.binding, first.cause, permitText(first.permit)]);
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const nowMs = this.#options.clock.now();
    const batch: Batch = {
      ...{ key, first, journalIds: new Set(), instanceIds: new Set(), lists: new Map() },
      ...{ changes: [], waiting: new Set(), sinceMs: nowMs, lastMs: nowMs },
    };
    this.#open.set(key, batch);
    this.#look(batch);
    return batch;
  }

  /** Tells the batch once it is complete, or takes too long. */
  #look(batch: Batch): void {
    const { clock } = this.#options;
    clock.setTimer(QUIET_MS, () => {
      if (this.#open.get(batch.key) !== batch) return;
      const nowMs = clock.now();
      const isComplete = batch.waiting.size === 0 && nowMs - batch.lastMs >= QUIET_MS;
      const longestMs = batch.first.cause === 'drift' ? REPAIR_MS : LONGEST_MS;
      if (isComplete || nowMs - batch.sinceMs >= longestMs) this.#tell(batch);
      else this.#look(batch);
    });
  }

  #tell(batch: Batch): void {
    this.#open.delete(batch.key);
    const { cause, binding } = batch.first;
    if (cause === 'drift') return this.#tellDrift(batch, binding);
    this.#forget(batch);
    if (batch.instanceIds.size > 0) this.#each((recorder) => recorder.written(writesOf(batch)));
  }

  #tellDrift(batch: Batch, binding: BindingKey): void {
    for (const { instanceIds, changes } of this.#drift.get(binding) ?? [])
      if (instanceIds.some((id) => batch.instanceIds.has(id))) batch.changes.push(...changes);
    this.#drift.delete(binding);
    const isRepaired = batch.waiting.size === 0;
    if (isRepaired) this.#forget(batch);
    else {
      const earlier = this.#unrepaired.get(binding);
      if (earlier !== undefined) this.#forget(earlier);
      this.#unrepaired.set(binding, batch);
    }
    this.#each((recorder) => recorder.driftFound(writesOf(batch), isRepaired));
  }

  #forget({ journalIds }: Batch): void {
    for (const id of journalIds) this.#intents.delete(id);
  }

  #each(tell: (recorder: WriteRecorder) => void): void {
    for (const recorder of this.#options.recorders) {
      try {
        tell(recorder);
      } catch (error) {
        this.#options.log.error({ error: messageOf(error) }, 'what was written could not be told');
      }
    }
  }
}

function writesOf({ first, instanceIds, lists, changes }: Batch): BindingWrites {
  const { binding, origin, scope, cause, permit } = first;
  const pairs = [...lists.values()];
  const different = new Map(changes.map((change) => [packetsOf(change), change]));
  return {
    ...{ binding, origin, scope, cause, permit, instanceIds: [...instanceIds], lists: pairs },
    changes: [...different.values()],
  };
}

/** Several lists may open the same, each for its own instances. */
function packetsOf({ because: _, instances: __, ...packets }: TrafficChange): string {
  return JSON.stringify(packets);
}

function bound(map: Map<unknown, unknown>): void {
  if (map.size > REMEMBERED) map.delete(map.keys().next().value);
}
