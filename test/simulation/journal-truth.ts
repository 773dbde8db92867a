/**
 * The journal against the cloud's own log: each list that leaves has one row of its own, and what the row says of before,
 * after, cause, outcome and what was read back is what the cloud had, did and showed.
 */

import type { DatabaseSync } from 'node:sqlite';
import { isReadable } from '../../src/core/model.ts';
import type { CloudClient, GroupListWrite } from '../../src/ports/cloud.ts';
import type { Journal } from '../../src/ports/journal.ts';
import type { BindingStatus } from '../../src/ports/status.ts';
import { type Clock, sinceWall } from '../../src/runtime/clock.ts';
import { type Arrival, CloudCall, type CloudLog } from './cloud-log.ts';
import type { Sender } from './wire.ts';
import type { World } from './world.ts';

/** As long as this after a write a read may show a list from before. */
const STALE_MS = 60_000;

/** A row of the journal, and what became of its write. */
interface Sent {
  readonly rowId: number;
  readonly instanceId: string;
  readonly after: string;
  readonly sentMs: number;
  readonly call: CloudCall;
  /** Something lets the cloud accept a write and do nothing. */
  readonly mayBeDropped: boolean;
  /** Whether the reply said yes; undefined when the engine heard none. */
  accepted?: boolean;
  /** When that reply came, as the present process has it. */
  returnedMs?: number;
  /** The same by the calendar. */
  returnedWallMs?: number;
}

/** What reads may have told the engine of an instance. */
interface Known {
  readonly lists: ReadonlySet<string>;
  readonly atMs: number;
}

/** That an instance was said to be in sync with a list. */
interface InSync {
  readonly list: string;
  /** Whether that was said of it last. */
  readonly lasts: boolean;
}

interface Row {
  readonly id: number;
  readonly instance_id: string;
  readonly binding: string;
  readonly cause: string;
  readonly api: string;
  readonly before: string;
  readonly after: string;
  readonly outcome: string | null;
  readonly request_id: string;
  readonly observed: string | null;
}

const API_OF: Readonly<Record<string, string>> = {
  ModifySecurityGroupsOfInstance: 'v2',
  ModifyInstancesAttribute: 'v3',
};

/** Who writes it at the moment. */
export type Writer = 'engine' | 'apply' | 'rollback';

interface JournalParts {
  readonly database: DatabaseSync;
  readonly log: CloudLog;
  readonly sender: Sender;
}

export class JournalTruth {
  readonly #world: World;
  readonly #database: DatabaseSync;
  readonly #log: CloudLog;
  readonly #sender: Sender;
  readonly #sent = new Map<number, Sent>();
  /** By instance, the newest that the engine was told to be accepted. */
  readonly #accepted = new Map<string, Sent>();
  readonly #known = new Map<string, Known>();
  /** Lists that an instance was shown with or that were accepted for it, in any life of the engine. */
  readonly #everHad = new Map<string, Set<string>>();
  /** Moves when a write leaves or ends: a read that spans a move may be believed or not. */
  readonly #epochs = new Map<string, number>();
  /** By binding and instance, the list that it was said to be in sync with. */
  readonly #inSync = new Map<string, Map<string, InSync>>();
  readonly #redeclaredMs = new Map<string, number>();
  /** When rows were verified. */
  readonly #verifiedMs = new Map<number, number>();
  #writableMs = 0;
  #atNextWrite: (() => void) | undefined;
  #process = 0;
  #writer: Writer = 'engine';

  /** @param database whose journal it is. @param sender who writes it. */
  constructor(world: World, { database, log, sender }: JournalParts) {
    this.#world = world;
    this.#database = database;
    this.#log = log;
    this.#sender = sender;
  }

  /** The process has ended: the next one knows what it reads, and what the journal says to be accepted and not read back. */
  forgetProcess(next: Writer = 'engine'): void {
    this.#process++;
    this.#writer = next;
    this.#known.clear();
    for (const [id, one] of this.#accepted) {
      if (this.#verifiedMs.has(one.rowId)) this.#accepted.delete(id);
      // Nothing but the calendar tells it how long ago that was.
      else one.returnedMs = sinceWall(this.#calendar, one.returnedWallMs ?? 0);
    }
    for (const ofBinding of this.#inSync.values())
      for (const [id, { lasts }] of ofBinding) if (!lasts) ofBinding.delete(id);
  }

  /** That of the machine on which the engine and the commands run. */
  get #calendar(): Pick<Clock, 'now' | 'wall'> {
    const { clock, calendarAheadMs } = this.#world;
    return { now: () => clock.now(), wall: () => clock.wall() + calendarAheadMs };
  }

  /** Stands before the journal of a process. */
  watch(journal: Journal): Journal {
    const check = () => {
      if (this.#world.clock.now() < this.#writableMs) throw new Error('database or disk is full');
    };
    return {
      open: (sinceMs) => journal.open(sinceMs),
      recent: (sinceMs) => journal.recent(sinceMs),
      intend: (intents) => {
        check();
        return journal.intend(intents);
      },
      conclude: (ids, conclusion) => {
        check();
        journal.conclude(ids, conclusion);
      },
      verified: (id, observed) => {
        check();
        journal.verified(id, observed);
        this.#verifiedMs.set(id, this.#world.clock.now());
      },
    };
  }

  cannotBeWritten(ms: number): void {
    this.#writableMs = this.#world.clock.now() + ms;
  }

  /** Something happens in the middle of the next write call. */
  atNextWrite(happens: () => void): void {
    this.#atNextWrite = happens;
  }

  async read(
    client: CloudClient,
    ...[ids, signal]: Parameters<CloudClient['describeInstances']>
  ): ReturnType<CloudClient['describeInstances']> {
    const process = this.#process;
    const epochs = ids.map((id) => this.#epochs.get(id) ?? 0);
    const call = new CloudCall();
    const result = await this.#log.during(call, () => client.describeInstances(ids, signal));
    if (!result.ok || process !== this.#process) return result;
    const answered = new Set<string>(result.value.filter(isReadable).map(({ instanceId }) => instanceId));
    for (const [index, id] of ids.entries()) {
      const list = call.shown.get(id);
      if (!answered.has(id) || list === undefined) continue;
      this.#had(id, list);
      const overlapped = epochs[index] !== (this.#epochs.get(id) ?? 0);
      const lists = overlapped ? [...(this.#known.get(id)?.lists ?? []), list] : [list];
      this.#known.set(id, { lists: new Set(lists), atMs: this.#world.clock.now() });
    }
    return result;
  }

  async write(
    client: CloudClient,
    ...[writes, signal]: Parameters<CloudClient['writeSecurityGroups']>
  ): ReturnType<CloudClient['writeSecurityGroups']> {
    const process = this.#process;
    const call = new CloudCall();
    this.#atNextWrite?.();
    this.#atNextWrite = undefined;
    const sent = writes.flatMap((write) => this.#sending(write, call) ?? []);
    const result = await this.#log.during(call, () => client.writeSecurityGroups(writes, signal));
    if (process !== this.#process) return result;
    for (const one of sent) {
      this.#move(one.instanceId);
      one.accepted = result.ok;
      one.returnedMs = this.#calendar.now();
      one.returnedWallMs = this.#calendar.wall();
      if (!result.ok) continue;
      this.#accepted.set(one.instanceId, one);
      this.#had(one.instanceId, one.after);
    }
    return result;
  }

  /** A list leaves: it has a row that no other one had. */
  #sending({ instanceId, sgIds }: GroupListWrite, call: CloudCall): Sent | undefined {
    const { clock, invariants, simulator } = this.#world;
    this.#move(instanceId);
    const row = this.#database
      .prepare('SELECT * FROM journal WHERE instance_id = ? ORDER BY id DESC LIMIT 1')
      .get(instanceId) as unknown as Row | undefined;
    if (row === undefined || this.#sent.has(row.id)) {
      invariants.violate(`${instanceId} is sent without a row of its own in the journal`);
      return undefined;
    }
    const after = sgIds.join(' ');
    const breach =
      (row.after === after ? undefined : `is sent with [${after}], and the journal says [${row.after}]`) ??
      (row.outcome === null ? undefined : 'has an outcome before it was sent') ??
      this.#beforeBreach(row) ??
      this.#causeBreach(row) ??
      this.#heldBreach(instanceId);
    if (breach !== undefined) invariants.violate(`${instanceId} ${breach}`);
    const mayBeDropped = simulator.faults.list().some(({ kind }) => kind === 'not-applied');
    const sent: Sent = { rowId: row.id, instanceId, after, sentMs: clock.now(), call, mayBeDropped };
    this.#sent.set(row.id, sent);
    return sent;
  }

  /** The list from before is what was read last, or what was accepted when that read may be late. */
  #beforeBreach({ instance_id: id, before, after }: Row): string | undefined {
    if (before === after) return `is written with [${after}], which it is said to have`;
    const known = this.#known.get(id);
    if (known === undefined) return `is said to have [${before}] before it is written, and was never read`;
    if (known.lists.has(before)) return undefined;
    const accepted = this.#accepted.get(id);
    const mayBeLate = accepted?.returnedMs !== undefined && known.atMs - accepted.returnedMs < STALE_MS;
    if (mayBeLate && accepted.after === before) return undefined;
    return `is said to have [${before}] before it is written, and ${listed(known.lists)} was read`;
  }

  #causeBreach({ instance_id: id, binding, cause, after }: Row): string | undefined {
    if (cause === 'drift' && !this.#everHad.get(id)?.has(after))
      return `is said to have drifted from [${after}], which it never had`;
    if ((cause === 'rolled-back') !== (this.#writer === 'rollback'))
      return `is written as ${cause} by ${this.#writer}`;
    if (this.#writer !== 'engine') return cause === 'restored' ? 'is restored by a command' : undefined;
    // Where selectors decide, nobody outside knows at which moment an instance left.
    if (this.#world.promises !== undefined) return undefined;
    const declared = this.#world.readForms().find((form) => form.instanceIds.includes(id));
    const wasInSync = this.#inSync.get(binding)?.get(id)?.list === after;
    // The end of a suspension is a declaration too.
    const isSame = wasInSync && declared?.suspendUntilMs === undefined;
    if (isSame && (cause === 'declared' || cause === 'first-seen'))
      return `is written as ${cause}, and was said to be in sync with [${after}] before`;
    if ((cause === 'restored') !== (declared?.sgIds.join(' ') !== after))
      return `is written as ${cause} with [${after}], and [${declared?.sgIds.join(' ')}] is declared`;
    return undefined;
  }

  /** What a rollback may write is held by what holds now. */
  #heldBreach(id: string): string | undefined {
    if (this.#writer !== 'rollback') return undefined;
    const nowMs = this.#world.clock.now();
    const forms = this.#world.readForms().filter((form) => form.instanceIds.includes(id));
    const isHeld = forms.every(
      ({ mode, suspend, suspendUntilMs = 0 }) => mode === 'Observe' || suspend || suspendUntilMs > nowMs,
    );
    return isHeld && forms.length > 0 ? 'is held and was written by rollback' : undefined;
  }

  /** What is said of instances. */
  published(statuses: readonly BindingStatus[]): void {
    for (const { key, sgIds, instances } of statuses) {
      const inSync = this.#inSync.get(key) ?? new Map<string, InSync>();
      this.#inSync.set(key, inSync);
      for (const { instanceId, state } of instances) {
        // What was read before the declaration says nothing of it.
        const isRead = (this.#known.get(instanceId)?.atMs ?? 0) > (this.#redeclaredMs.get(key) ?? 0);
        if (state === 'InSync' && isRead) inSync.set(instanceId, { list: sgIds.join(' '), lasts: true });
        else this.#differs(inSync, instanceId);
      }
    }
  }

  /** What was said of these holds no more. */
  undone(instanceIds: Iterable<string>): void {
    for (const id of instanceIds) for (const ofBinding of this.#inSync.values()) ofBinding.delete(id);
  }

  /** Another process knows only what was said last. */
  #differs(inSync: Map<string, InSync>, id: string): void {
    const known = inSync.get(id);
    if (known !== undefined) inSync.set(id, { ...known, lasts: false });
  }

  /** The engine has read another form of a binding, or that it is gone: what differs from now on was declared. */
  redeclared(key: string): void {
    this.#inSync.delete(key);
    this.#redeclaredMs.set(key, this.#world.clock.now());
  }

  /** Compares every row with what became of its write. */
  checkRows(): void {
    const { invariants } = this.#world;
    const rows = this.#database.prepare('SELECT * FROM journal ORDER BY id').all() as unknown as Row[];
    for (const row of rows) {
      const sent = this.#sent.get(row.id);
      const breach =
        sent === undefined
          ? 'was never sent'
          : (this.#outcomeBreach(row, sent) ?? this.#observedBreach(row, sent));
      if (breach !== undefined)
        invariants.violate(`row ${row.id} of the journal, for ${row.instance_id}, ${breach}`);
    }
  }

  #outcomeBreach({ instance_id: id, after, outcome, api, request_id }: Row, sent: Sent): string | undefined {
    const arrivals = sent.call.arrivals.filter(({ instanceId }) => instanceId === id);
    const [arrival] = arrivals;
    if (arrivals.length > 1) return 'stands for more than one write';
    if (arrival !== undefined && arrival.list !== after)
      return `says [${after}], and [${arrival.list}] arrived`;
    if (outcome !== 'accepted') {
      if (sent.accepted === true && outcome !== null && !outcome.startsWith('settled'))
        return `is ${outcome}, and the cloud has accepted it`;
      return outcome === 'rejected' && arrival !== undefined ? 'is rejected, and was carried out' : undefined;
    }
    if (sent.accepted !== true) return 'is accepted, and no reply said so';
    if (arrival === undefined)
      return sent.mayBeDropped ? undefined : 'is accepted, and nothing was carried out';
    return callBreach(arrival, { api, request_id });
  }

  #observedBreach({ id, outcome, before, after, observed }: Row, sent: Sent): string | undefined {
    if (outcome?.startsWith('settled') && outcome !== settledBy(observed, { before, after }))
      return `is ${outcome}, and [${observed}] was read back`;
    const verifiedMs = this.#verifiedMs.get(id);
    if (observed === null || verifiedMs === undefined) return undefined;
    const shown = this.#log.shown(sent.instanceId, this.#sender, sent.sentMs, verifiedMs);
    if (shown.has(observed)) return undefined;
    return `says that [${observed}] was read back, and ${listed(shown)} was shown`;
  }

  #move(id: string): void {
    this.#epochs.set(id, (this.#epochs.get(id) ?? 0) + 1);
  }

  #had(id: string, list: string): void {
    const lists = this.#everHad.get(id) ?? new Set<string>();
    this.#everHad.set(id, lists.add(list));
  }
}

function callBreach(arrival: Arrival, row: Pick<Row, 'api' | 'request_id'>): string | undefined {
  const { action, requestId } = arrival;
  if (API_OF[action] !== row.api) return `is said to be written by ${row.api}, and ${action} was called`;
  // API 2.0 tells no id.
  if (row.api === 'v3' && requestId !== row.request_id) return 'has the request id of another call';
  return undefined;
}

function settledBy(observed: string | null, { before, after }: Pick<Row, 'before' | 'after'>): string {
  if (observed === after) return 'settled-applied';
  return observed === before ? 'settled-not-applied' : 'settled-unknown';
}

function listed(lists: Iterable<string>): string {
  return [...lists].map((list) => `[${list}]`).join(' or ') || 'nothing';
}
