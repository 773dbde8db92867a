/** Tells log and state what the source says: revisions, diagnostics, and why there is no newer truth. */
import { join } from 'node:path';
import { messageOf } from '../api/message-of.ts';
import { permissionText } from '../core/permission.ts';
import { visible } from '../core/text/visible.ts';
import { count } from '../core/text/words.ts';
import type { RevisionReport, Source, SourceProblem } from '../ports/source.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { RetryingWriter, type Storing } from '../runtime/retrying-writer.ts';
import { DeclarationHistory } from '../store/sqlite/declaration-history.ts';
import { RevisionTable } from '../store/sqlite/revision-table.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';
import { lineText } from './logging/diagnostic-line.ts';
import {
  type CommitWords,
  type RevisionRecord,
  readRevisionRecord,
  recordInSteps,
  revisionRecord,
} from './revision-record.ts';

/** Approvals and emergencies that are logged one by one. */
const LOGGED_PERMISSIONS = 50;
/** Findings that are logged one by one; all of them are in `cvmsg validate`. */
const LOGGED_DIAGNOSTICS = 50;

export interface SourceRecorderOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly source: Pick<Source, 'name'>;
  /** Who records: program, command, user, host and process. */
  readonly by: string;
  readonly checkEveryMs: number;
  /** Absent: nobody asks git. */
  readonly commitWords?: CommitWordsOf | undefined;
}

/** Who made the commit of a revision, where that can be told. Never rejects. */
export type CommitWordsOf = (revision: string, folder: string) => Promise<CommitWords | undefined>;

interface Unrecorded {
  readonly revision?: Storing;
  readonly problem?: Storing;
}

export class SourceRecorder {
  readonly #file: StateFile;
  readonly #table: RevisionTable;
  readonly #log: Log;
  readonly #about: Pick<RevisionRecord, 'source' | 'by' | 'checkEveryMs'>;
  readonly #clock: Clock;
  readonly #writer: RetryingWriter;
  readonly #commitWords: CommitWordsOf | undefined;
  #permissions: ReadonlySet<string> = new Set();
  /** What is not recorded yet: the newest revision, then whether it can be read since. */
  #unrecorded: Unrecorded = {};
  #latest: { readonly revision: string; readonly record: RevisionRecord } | undefined;

  constructor(file: StateFile, options: SourceRecorderOptions) {
    this.#file = file;
    this.#table = new RevisionTable(file.database);
    this.#log = options.log;
    this.#clock = options.clock;
    this.#commitWords = options.commitWords;
    this.#writer = new RetryingWriter({ ...options, what: 'the revision' });
    this.#about = {
      source: options.source.name,
      by: options.by,
      checkEveryMs: options.checkEveryMs,
    };
  }

  /** Resolves when the revision is recorded, or could not be. */
  async revision(report: RevisionReport): Promise<void> {
    const { revision, declared, added, changed, removed, retained, diagnostics } = report;
    const fields = {
      revision,
      files: report.files,
      bindings: report.bindings,
      added: added.length,
      changed: changed.length,
      removed: removed.length,
      ...(report.skipped === 0 ? {} : { skipped: report.skipped }),
    };
    this.#log.info(
      fields,
      `revision ${revision}: ${count(report.bindings, 'binding')}, ${added.length} added, ${changed.length} changed, ${removed.length} removed`,
    );
    for (const diagnostic of diagnostics.slice(0, LOGGED_DIAGNOSTICS)) {
      const line = lineText(diagnostic, this.#about.source);
      if (diagnostic.severity === 'error') this.#log.error({ rule: diagnostic.rule, revision }, line);
      else this.#log.warn({ rule: diagnostic.rule, revision }, line);
    }
    if (diagnostics.length > LOGGED_DIAGNOSTICS) {
      this.#log.error(
        { revision },
        `and ${diagnostics.length - LOGGED_DIAGNOSTICS} more findings; see \`cvmsg validate\``,
      );
    }
    this.#tellPermissions(report);
    if (retained.length > 0) {
      this.#log.warn(
        { revision, retained },
        `what was last validly said stays in force for ${count(retained.length, 'binding')}`,
      );
    }
    const record = revisionRecord(report, this.#about);
    this.#latest = { revision, record };
    const nowMs = this.#clock.wall();
    const made = { revision, bindings: [...declared.values()], record, nowMs };
    await this.#record({ revision: () => recordInSteps(this.#file, made) });
    // Nothing waits for git.
    void this.#describe(revision);
  }

  async #describe(revision: string): Promise<void> {
    const commit = await this.#commitWords?.(revision, this.#about.source);
    if (commit === undefined) return;
    if (this.#latest?.revision === revision) {
      this.#latest = { revision, record: { ...this.#latest.record, commit } };
    }
    try {
      this.#table.describe(revision, { name: 'commit', value: JSON.stringify(commit) });
    } catch (error) {
      this.#log.warn({ revision, error: messageOf(error) }, 'who made the commit could not be recorded');
    }
  }

  /** Those that were not there a revision ago. */
  #tellPermissions({ revision, permissions = [] }: RevisionReport): void {
    const before = this.#permissions;
    this.#permissions = new Set(permissions.map(permissionText));
    const fresh = permissions.filter((one) => !before.has(permissionText(one)));
    for (const one of fresh.slice(0, LOGGED_PERMISSIONS)) {
      const { kind, of, by, refusal, file, line } = one;
      const fields = { revision, kind, of, ...(by === '' ? {} : { by }), counts: refusal === undefined };
      this.#log.info(fields, visible(`${join(this.#about.source, file)}:${line}: ${permissionText(one)}`));
    }
    if (fresh.length > LOGGED_PERMISSIONS) {
      const words = `and ${fresh.length - LOGGED_PERMISSIONS} more approvals and emergencies; see \`cvmsg validate\``;
      this.#log.warn({ revision }, words);
    }
  }

  problem(problem: SourceProblem | undefined): void {
    if (problem === undefined) this.#log.info({ source: this.#about.source }, 'the source can be read again');
    else this.#log.error({ source: this.#about.source, code: problem.code }, problem.message);
    const { revision, record } = this.#latest ?? this.#stored();
    const { problem: _, ...rest } = record;
    const body = JSON.stringify(problem === undefined ? rest : { ...rest, problem });
    const nowMs = this.#clock.wall();
    const store = () => this.#appendInSteps(revision, body, nowMs);
    void this.#record({ ...this.#unrecorded, problem: store });
  }

  /** To be called often: records what could not be recorded when it was told. */
  again(): Promise<void> {
    return this.#writer.again();
  }

  /** Records more of what is not recorded yet. Returns whether nothing is left. @throws the state's error. */
  flush(): boolean {
    return this.#writer.flush();
  }

  /** The record of an earlier run, or an empty one. */
  #stored(): { readonly revision: string; readonly record: RevisionRecord } {
    const row = this.#table.latest();
    const nothing = { files: 0, documents: 0, bindings: 0, skipped: 0, added: 0, changed: 0, removed: 0 };
    const empty: RevisionRecord = {
      ...this.#about,
      ...nothing,
      diagnostics: [],
      diagnosticCount: 0,
      retained: [],
    };
    const record = readRevisionRecord(row) ?? empty;
    return { revision: row?.revision ?? '', record: { ...record, ...this.#about } };
  }

  *#appendInSteps(revision: string, body: string, nowMs: number): Generator<void, void> {
    yield* new DeclarationHistory(this.#file.database).dropStaged();
    this.#table.append(revision, body, nowMs);
  }

  /** In their order: a problem's row means what the row before it declares. */
  #record(reported: Unrecorded): Promise<void> {
    this.#unrecorded = reported;
    return this.#writer.put(() => this.#recordInSteps());
  }

  *#recordInSteps(): Generator<void, void> {
    const { revision, problem } = this.#unrecorded;
    if (revision !== undefined) yield* revision();
    this.#unrecorded = problem === undefined ? {} : { problem };
    if (problem !== undefined) yield* problem();
    this.#unrecorded = {};
  }
}
