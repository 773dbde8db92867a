/** The local state file as sink, journal and inventory: where the users of a directory look. */
import type { Condition } from '../api/conditions.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding, GroupList } from '../core/model.ts';
import type { Pledge } from '../core/restoration.ts';
import type { Clock } from '../runtime/clock.ts';
import { ApprovalTable } from '../state/approval-table.ts';
import { InventoryTable } from '../state/inventory-table.ts';
import { JournalTable } from '../state/journal-table.ts';
import { type PledgeRow, PledgeTable } from '../state/pledge-table.ts';
import type { StateFile } from '../state/state-file.ts';
import { VerdictTable } from '../state/verdict-table.ts';
import type {
  ApprovalStore,
  BindingVerdict,
  HeldApproval,
  Inventory,
  Journal,
  OpenIntent,
  RecentWrite,
  Sink,
  WriteConclusion,
  WriteIntent,
} from './port.ts';

export interface LocalStateOptions {
  readonly clock: Clock;
  /** Who writes: program, user, host and process, for the journal. */
  readonly actor: string;
}

export class LocalState implements Sink, Journal, Inventory, ApprovalStore {
  readonly #journal: JournalTable;
  readonly #inventory: InventoryTable;
  readonly #verdicts: VerdictTable;
  readonly #pledges: PledgeTable;
  readonly #approvals: ApprovalTable;
  readonly #clock: Clock;

  constructor(file: StateFile, options: LocalStateOptions) {
    this.#journal = new JournalTable(file.database, options);
    this.#inventory = new InventoryTable(file.database);
    this.#verdicts = new VerdictTable(file.database);
    this.#pledges = new PledgeTable(file.database);
    this.#approvals = new ApprovalTable(file.database);
    this.#clock = options.clock;
  }

  publish(verdicts: readonly BindingVerdict[]): void {
    const rows = verdicts.map((verdict) => ({
      binding: verdict.key,
      inSync: verdict.inSyncCount,
      instances: verdict.instanceCount,
      body: JSON.stringify(verdict),
    }));
    this.#verdicts.put(rows, this.#clock.wall());
  }

  retire(keys: readonly BindingKey[]): void {
    if (keys.length > 0) this.#verdicts.drop(keys);
  }

  previous(key: BindingKey): readonly Condition[] {
    const row = this.#verdicts.get(key);
    return row === undefined ? [] : (JSON.parse(row.body) as BindingVerdict).conditions;
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
      authority: row.authority ?? '',
      outcome: row.outcome as RecentWrite['outcome'],
    }));
  }

  owners(): ReadonlyMap<InstanceId, BindingKey> {
    return this.#inventory.owners() as Map<InstanceId, BindingKey>;
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

  pledges(): readonly Pledge[] {
    return this.#pledges.all().map(({ instanceId, body, original, releasedMs }) => ({
      instanceId: instanceId as InstanceId,
      binding: JSON.parse(body) as Binding,
      ...(original === undefined ? {} : { original: original as GroupList }),
      ...(releasedMs === undefined ? {} : { releasedMs }),
    }));
  }

  pledge(changes: Iterable<readonly [InstanceId, Pledge | undefined]>): void {
    this.#pledges.change([...changes].map(([id, pledge]) => [id, pledge && pledgeRow(pledge)]));
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
function pledgeRow({ binding, ...pledge }: Pledge): PledgeRow {
  return { ...pledge, binding: binding.key, body: JSON.stringify({ ...binding, instanceIds: [] }) };
}
