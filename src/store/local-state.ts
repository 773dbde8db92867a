/** The local state file as sink, journal and inventory: where the users of a directory look. */
import type { Condition } from '../api/conditions.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import { trafficNote } from '../core/firewall/traffic-note.ts';
import type { Binding, GroupList } from '../core/model.ts';
import type { PendingRestore } from '../core/restoration.ts';
import type { Journal, OpenIntent, RecentWrite, WriteConclusion, WriteIntent } from '../ports/journal.ts';
import type { BindingStatus, Sink } from '../ports/status.ts';
import { type ApprovalStore, type HeldApproval, type Inventory, OWNERS_OF_PAGE } from '../ports/store.ts';
import type { DriftTraffic, RuleTraffic, TrafficRecorder, WriteTraffic } from '../ports/traffic.ts';
import type { Clock } from '../runtime/clock.ts';
import { ApprovalTable } from './sqlite/approval-table.ts';
import { InventoryTable } from './sqlite/inventory-table.ts';
import { JournalTable } from './sqlite/journal-table.ts';
import { type PendingRestoreRow, PendingRestoreTable } from './sqlite/pending-restore-table.ts';
import type { StateFile } from './sqlite/state-file.ts';
import { StatusTable } from './sqlite/status-table.ts';
import { type NewTrafficRow, TrafficTable } from './sqlite/traffic-table.ts';

export interface LocalStateOptions {
  readonly clock: Clock;
  /** Who writes: program, user, host and process, for the journal. */
  readonly actor: string;
}

export class LocalState implements Sink, Journal, Inventory, ApprovalStore, TrafficRecorder {
  readonly #journal: JournalTable;
  readonly #inventory: InventoryTable;
  readonly #statuses: StatusTable;
  readonly #pendingRestores: PendingRestoreTable;
  readonly #approvals: ApprovalTable;
  readonly #traffic: TrafficTable;
  readonly #clock: Clock;

  constructor(file: StateFile, options: LocalStateOptions) {
    this.#journal = new JournalTable(file.database, options);
    this.#inventory = new InventoryTable(file.database);
    this.#statuses = new StatusTable(file.database);
    this.#pendingRestores = new PendingRestoreTable(file.database);
    this.#approvals = new ApprovalTable(file.database);
    this.#traffic = new TrafficTable(file.database);
    this.#clock = options.clock;
  }

  publish(statuses: readonly BindingStatus[]): void {
    const rows = statuses.map((status) => ({
      binding: status.key,
      inSync: status.inSyncCount,
      instances: status.instanceCount,
      body: JSON.stringify(status),
    }));
    this.#statuses.put(rows, this.#clock.wall());
  }

  /** What was published of a binding last, by this process or an earlier one. */
  lastStatus(
    key: BindingKey,
  ): { readonly sgIds: GroupList; readonly inSync: ReadonlySet<InstanceId> } | undefined {
    const row = this.#statuses.get(key);
    if (row === undefined) return undefined;
    const { sgIds, instances } = JSON.parse(row.body) as BindingStatus;
    // One that differed may have been in sync before: a repair that was under way is none of a new declaration.
    const had = instances.filter(
      ({ state, instanceId }) => state === 'InSync' || this.#journal.hadList(instanceId, sgIds),
    );
    return { sgIds, inSync: new Set(had.map(({ instanceId }) => instanceId)) };
  }

  remove(keys: readonly BindingKey[]): void {
    if (keys.length > 0) this.#statuses.drop(keys);
  }

  previous(key: BindingKey): readonly Condition[] {
    const row = this.#statuses.get(key);
    return row === undefined ? [] : (JSON.parse(row.body) as BindingStatus).conditions;
  }

  intend(intents: readonly WriteIntent[]): readonly number[] {
    const rows = intents.map(({ scope, origin, ...intent }) => ({
      ...intent,
      ...scope,
      origin: JSON.stringify(origin),
    }));
    return this.#journal.append(rows);
  }

  conclude(ids: readonly number[], conclusion: WriteConclusion): void {
    this.#journal.conclude(ids, conclusion);
  }

  verified(id: number, observed: GroupList): void {
    this.#journal.verify(id, observed);
  }

  drifted({ declared, observed, changes, sinceMs, ...drift }: DriftTraffic): void {
    const note = trafficNote(changes, { past: true });
    const body = JSON.stringify({ ...note, ...since(sinceMs) });
    this.#traffic.append(trafficRow(drift, { cause: 'drift', before: declared, after: observed, body }));
  }

  written({ journalIds, changes, sinceMs }: WriteTraffic): void {
    const note = { ...trafficNote(changes), ...since(sinceMs) };
    this.#journal.addTraffic(journalIds, JSON.stringify(note));
  }

  rulesChanged({ list, changedGroups, changes, ...change }: RuleTraffic): void {
    const body = JSON.stringify({ ...trafficNote(changes, { past: true }), groups: changedGroups });
    this.#traffic.append(trafficRow(change, { cause: 'rules', before: list, after: list, body }));
  }

  open(sinceMs: number): readonly OpenIntent[] {
    return this.#journal.open(sinceMs).map((row) => ({
      id: row.id,
      atMs: row.concludedMs ?? row.intendedMs,
      accepted: row.outcome === 'accepted',
      instanceId: row.instanceId as InstanceId,
      scope: { account: row.account, region: row.region },
      binding: row.binding as BindingKey,
      before: row.before as GroupList,
      after: row.after as GroupList,
    }));
  }

  recent(sinceMs: number): readonly RecentWrite[] {
    return this.#journal.recent(sinceMs).map((row) => ({
      instanceId: row.instanceId as InstanceId,
      scope: { account: row.account, region: row.region },
      binding: row.binding as BindingKey,
      origin: JSON.parse(row.origin) as RecentWrite['origin'],
      cause: row.cause as RecentWrite['cause'],
      intendedMs: row.intendedMs,
      ...(row.permit === undefined ? {} : { permit: row.permit }),
      outcome: row.outcome as RecentWrite['outcome'],
    }));
  }

  owners(): ReadonlyMap<InstanceId, BindingKey> {
    return this.#inventory.owners() as Map<InstanceId, BindingKey>;
  }

  ownerPages(): Iterable<ReadonlyMap<InstanceId, BindingKey>> {
    return this.#inventory.ownerPages(OWNERS_OF_PAGE) as Generator<Map<InstanceId, BindingKey>, void>;
  }

  own(changes: Iterable<readonly [InstanceId, BindingKey | undefined]>): void {
    this.#inventory.own(changes);
  }

  keepOriginal(originals: Iterable<readonly [InstanceId, GroupList]>): void {
    this.#inventory.keepOriginal(originals);
  }

  original(id: InstanceId): GroupList | undefined {
    return this.#inventory.original(id) as GroupList | undefined;
  }

  pendingRestores(): readonly PendingRestore[] {
    return this.#pendingRestores.all().map(({ instanceId, body, original, releasedMs }) => ({
      instanceId: instanceId as InstanceId,
      binding: JSON.parse(body) as Binding,
      ...(original === undefined ? {} : { original: original as GroupList }),
      ...(releasedMs === undefined ? {} : { releasedMs }),
    }));
  }

  setPendingRestores(changes: Iterable<readonly [InstanceId, PendingRestore | undefined]>): void {
    this.#pendingRestores.change(
      [...changes].map(([id, pendingRestore]) => [id, pendingRestore && pendingRestoreRow(pendingRestore)]),
    );
  }

  approvals(): readonly HeldApproval[] {
    return this.#approvals.all().map((row) => ({
      digest: row.digest,
      scope: row.scope,
      by: row.approvedBy,
      ...(JSON.parse(row.note) as HeldNote),
      heldMs: row.approvedMs,
      changes: new Map(JSON.parse(row.changes) as [InstanceId, { from: GroupList; to: GroupList }][]),
    }));
  }

  holdApproval({ digest, scope, by, heldMs, changes, ...note }: HeldApproval): void {
    this.#approvals.put({
      digest,
      scope,
      binding: '',
      approvedBy: by,
      approvedMs: heldMs,
      changes: JSON.stringify([...changes]),
      note: JSON.stringify(note satisfies HeldNote),
    });
  }

  dropApproval({ digest }: HeldApproval): void {
    this.#approvals.drop(digest);
  }
}

/** What stands in no column of its own. */
type HeldNote = Omit<HeldApproval, 'digest' | 'scope' | 'by' | 'heldMs' | 'changes'>;

/** The row of one instance; the binding's other instances are not its business. */
function pendingRestoreRow({ binding, ...pendingRestore }: PendingRestore): PendingRestoreRow {
  return { ...pendingRestore, binding: binding.key, body: JSON.stringify({ ...binding, instanceIds: [] }) };
}

/** When the declared list was last read before, as it is kept. */
function since(sinceMs: number | undefined): { readonly since?: string } {
  return sinceMs === undefined ? {} : { since: new Date(sinceMs).toISOString() };
}

function trafficRow(
  { binding, origin, scope, instanceIds, foundMs }: Omit<DriftTraffic | RuleTraffic, 'changes'>,
  rest: Pick<NewTrafficRow, 'cause' | 'before' | 'after' | 'body'>,
): NewTrafficRow {
  return { ...rest, ...scope, binding, origin: JSON.stringify(origin), instanceIds, foundMs };
}
