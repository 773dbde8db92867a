/** Tells log and state what the source says: revisions, findings, and why there is no newer truth. */
import { join } from 'node:path';
import { permissionText } from '../../core/permission.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { Persister } from '../../runtime/persister.ts';
import type { RevisionReport, Source, SourceProblem } from '../../sources/port.ts';
import { RevisionTable } from '../../state/revision-table.ts';
import type { StateFile } from '../../state/state-file.ts';
import { lineText } from '../output/finding-text.ts';
import { visible } from '../output/visible.ts';
import { count } from '../output/words.ts';
import { recordRevision } from '../wiring/record-revision.ts';
import { type RevisionRecord, readRevisionRecord, revisionRecord } from '../wiring/revision-record.ts';

/** Approvals and emergencies that are logged one by one. */
const LOGGED_PERMISSIONS = 50;
/** Findings that are logged one by one; all of them are in `cvmsg validate`. */
const LOGGED_FINDINGS = 50;

export interface SourceNarratorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly source: Pick<Source, 'name' | 'keys' | 'get'>;
  /** Who records: program, command, user, host and process. */
  readonly by: string;
  readonly checkEveryMs: number;
}

interface Unrecorded {
  readonly revision?: () => void;
  readonly problem?: () => void;
}

export class SourceNarrator {
  readonly #file: StateFile;
  readonly #source: SourceNarratorOptions['source'];
  readonly #table: RevisionTable;
  readonly #log: Log;
  readonly #about: Pick<RevisionRecord, 'source' | 'by' | 'checkEveryMs'>;
  readonly #clock: Clock;
  readonly #persister: Persister;
  #permissions: ReadonlySet<string> = new Set();
  /** What is not recorded yet: the newest revision, then whether it can be read since. */
  #unrecorded: Unrecorded = {};
  #latest: { readonly revision: string; readonly record: RevisionRecord } | undefined;

  constructor(file: StateFile, options: SourceNarratorOptions) {
    this.#file = file;
    this.#table = new RevisionTable(file.database);
    this.#source = options.source;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#persister = new Persister({ ...options, what: 'the revision' });
    this.#about = {
      source: options.source.name,
      by: options.by,
      checkEveryMs: options.checkEveryMs,
    };
  }

  revision(report: RevisionReport): void {
    const { revision, added, changed, removed, retained, findings } = report;
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
    for (const finding of findings.slice(0, LOGGED_FINDINGS)) {
      const line = lineText(finding, this.#about.source);
      if (finding.severity === 'error') this.#log.error({ rule: finding.rule, revision }, line);
      else this.#log.warn({ rule: finding.rule, revision }, line);
    }
    if (findings.length > LOGGED_FINDINGS) {
      this.#log.error(
        { revision },
        `and ${findings.length - LOGGED_FINDINGS} more findings; see \`cvmsg validate\``,
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
    const store = () => {
      const bindings = [...this.#source.keys()].flatMap((key) => this.#source.get(key) ?? []);
      recordRevision(this.#file, { revision, bindings, record, nowMs });
    };
    this.#record({ revision: store });
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
    const store = () => void this.#table.append(revision, body, nowMs);
    this.#record({ ...this.#unrecorded, problem: store });
  }

  /** To be called often: records what could not be recorded when it was told. */
  again(): void {
    this.#persister.again();
  }

  /** Records what is not recorded yet. @throws the state's error when it cannot be. */
  settle(): void {
    this.#persister.settle();
  }

  /** The record of an earlier run, or an empty one. */
  #stored(): { readonly revision: string; readonly record: RevisionRecord } {
    const row = this.#table.latest();
    const nothing = { files: 0, documents: 0, bindings: 0, skipped: 0, added: 0, changed: 0, removed: 0 };
    const empty: RevisionRecord = { ...this.#about, ...nothing, findings: [], findingCount: 0, retained: [] };
    const record = readRevisionRecord(row) ?? empty;
    return { revision: row?.revision ?? '', record: { ...record, ...this.#about } };
  }

  /** In their order: a problem's row means what the row before it declares. */
  #record(told: Unrecorded): void {
    this.#unrecorded = told;
    this.#persister.put(() => {
      const { revision, problem } = this.#unrecorded;
      revision?.();
      this.#unrecorded = problem === undefined ? {} : { problem };
      problem?.();
      this.#unrecorded = {};
    });
  }
}
