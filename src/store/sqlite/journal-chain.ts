/**
 * The chain of the journal: each entry holds the hash of the one before it, so that an entry that was changed, taken out or
 * put in is found. What completes an entry (its end, what was read back, its traffic) is sealed with its hash. When old
 * entries go, the hash of the last of them stays. Whoever can write the file can also make a new chain: to notice that,
 * keep the newest hash somewhere else.
 */
import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Statements } from './statements.ts';

/** A row as SQLite gives it. */
type Row = Readonly<Record<string, unknown>>;

/** What is written with an entry and never changes. */
const INTENT = [
  'id',
  'intended_ms',
  'actor',
  'instance_id',
  'account',
  'region',
  'binding',
  'origin',
  'cause',
  'api',
  'before',
  'after',
  'attempt',
  'authority',
  'permit',
] as const;
/** What completes it. */
const END = [
  'outcome',
  'concluded_ms',
  'request_id',
  'code',
  'message',
  'observed',
  'verified_ms',
  'traffic',
] as const;

export type ChainState =
  | {
      readonly whole: true;
      readonly entries: number;
      /** Entries from before the journal had a chain. */
      readonly unchained: number;
      /** Of the newest entry; empty when there is none with a hash. */
      readonly newest: string;
      /** The last entry that is not kept any more; absent: all are. */
      readonly prunedThrough?: number;
    }
  | { readonly whole: false; readonly id: number; readonly problem: string };

/** An entry, and the hash that the next one holds. */
interface Link {
  readonly id: number;
  readonly hash: string;
}

export class JournalChain {
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#statements = new Statements(database);
  }

  /** The hash that the next entry holds. */
  previous(): string {
    const newest = this.#statements.prepare('SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1').get();
    const pruned = this.#pruned();
    return newest !== undefined && Number(newest.id) > pruned.id ? String(newest.hash) : pruned.hash;
  }

  /** The hash of an entry. @param row its columns, id included. */
  hashOf(previous: string, row: Row): string {
    return digest([previous, ...INTENT.map((name) => row[name])]);
  }

  /** Seals what completes these entries as it is now. */
  seal(ids: readonly number[]): void {
    const select = this.#statements.prepare('SELECT * FROM journal WHERE id = ?');
    const update = this.#statements.prepare('UPDATE journal SET seal = ? WHERE id = ?');
    for (const id of ids) {
      const row = select.get(id);
      if (row !== undefined && row.hash !== '') update.run(sealOf(row), id);
    }
  }

  /** Entries up to here are about to go. @param lastId the newest of them. */
  prune(lastId: number): void {
    const row = this.#statements.prepare('SELECT hash FROM journal WHERE id = ?').get(lastId);
    if (row === undefined || lastId <= this.#pruned().id) return;
    this.#statements.prepare('UPDATE journal_pruned SET last_id = ?, hash = ?').run(lastId, String(row.hash));
  }

  /** Looks at every entry, oldest first. */
  verify(): ChainState {
    const pruned = this.#pruned();
    let [entries, unchained] = [0, 0];
    let before: Link = pruned;
    for (const row of this.#statements
      .prepare('SELECT * FROM journal ORDER BY id')
      .iterate() as Iterable<Row>) {
      const id = Number(row.id);
      const problem = this.#problem(row, id <= pruned.id ? undefined : before);
      if (problem !== undefined) return { whole: false, id, problem };
      if (row.hash === '') unchained++;
      if (id > before.id) before = { id, hash: String(row.hash) };
      entries++;
    }
    const last = this.#statements.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").get();
    if (last !== undefined && Number(last.seq) !== before.id) {
      return { whole: false, id: Number(last.seq), problem: 'it is missing, and so may others before it be' };
    }
    return {
      whole: true,
      entries,
      unchained,
      newest: before.hash,
      ...(pruned.id === 0 ? {} : { prunedThrough: pruned.id }),
    };
  }

  /** @param before the entry that has to stand before it; undefined: any, because that one is not kept. */
  #problem(row: Row, before: Link | undefined): string | undefined {
    const isOld = row.hash === '' && (before === undefined || before.hash === '');
    if (isOld) return undefined;
    if (before !== undefined && Number(row.id) !== before.id + 1)
      return `entry ${before.id + 1} is missing before it`;
    if (row.hash === '') return 'it has no hash, and the one before has one';
    if (before !== undefined && row.previous !== before.hash) return 'it does not follow the entry before it';
    if (row.hash !== this.hashOf(String(row.previous), row)) return 'it is not as it was written';
    if (row.seal === '' ? hasEnd(row) : row.seal !== sealOf(row)) return 'its end is not as it was recorded';
    return undefined;
  }

  /** The newest entry that is not kept any more; 0 while all are. */
  #pruned(): Link {
    const row = this.#statements.prepare('SELECT last_id, hash FROM journal_pruned').get();
    return { id: Number(row?.last_id ?? 0), hash: String(row?.hash ?? '') };
  }
}

/** Only what never ended has no seal. */
function hasEnd({ outcome, verified_ms, traffic }: Row): boolean {
  return outcome !== null || verified_ms !== null || traffic !== '';
}

function sealOf(row: Row): string {
  return digest([row.hash, ...END.map((name) => row[name])]);
}

function digest(parts: readonly unknown[]): string {
  return `sha256:${hash('sha256', JSON.stringify(parts), 'hex')}`;
}
