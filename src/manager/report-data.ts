/** Gathers a report from what a state keeps, or from what the objects of a cluster tell. */
import { type BindingKey, namespaceOf } from '../api/ids.ts';
import { isWithin } from '../core/history-filter.ts';
import type { DriftSpan, Remark, Report, ReportChange } from '../core/report.ts';
import { readyOf, totalsText } from '../core/text/totals-text.ts';
import { count, shortRevision } from '../core/text/words.ts';
import type { BindingObject } from '../kubernetes/source/binding-object.ts';
import type { BindingStatus } from '../ports/status.ts';
import type { Clock } from '../runtime/clock.ts';
import { type JournalRow, JournalTable } from '../store/sqlite/journal-table.ts';
import { RevisionTable } from '../store/sqlite/revision-table.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';
import { type TrafficRow, TrafficTable } from '../store/sqlite/traffic-table.ts';
import { type HistoryEntry, historyEntries, historyLines, objectLines } from './history/history-line.ts';
import { originOf } from './history/journal-view.ts';
import { OBJECTS_TELL_LITTLE, type ObjectWrite, objectWrites } from './history/object-history.ts';
import { trafficText, writeTraffic } from './history/traffic-view.ts';
import { objectStatus } from './object-status.ts';
import { readRevisionRecord, sourceNotes } from './revision-record.ts';
import { type StoredSource, storedBindings, storedSource } from './stored-state.ts';

/** Drift and its repair are recorded within one check, in either order. */
const ONE_CHECK_MS = 60_000;

export interface ReportTime {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** @param namespace only its bindings; undefined: all. */
export function reportOfState(
  file: StateFile,
  time: ReportTime,
  { clock, namespace }: { readonly clock: Clock; readonly namespace?: string | undefined },
): Report {
  const isMeant = ({ binding }: { readonly binding: string }) =>
    namespace === undefined || namespaceOf(binding as BindingKey) === namespace;
  const within = { sinceMs: time.fromMs, untilMs: time.untilMs };
  const journal = new JournalTable(file.database, { clock, actor: 'report' }).query(within).filter(isMeant);
  const traffic = new TrafficTable(file.database).query(within).filter(isMeant);
  const authors = authorsOf(file);
  const statuses = storedBindings(file).map(({ status }) => status);
  const emergencies = journal.filter(({ permit }) => permit?.emergency !== undefined);
  return {
    ...time,
    ...standing(statuses.filter(({ key }) => isMeant({ binding: key }))),
    ...sourceOf(storedSource(file), namespace),
    asOfMs: clock.wall(),
    changes: changesOf(historyEntries(journal, traffic), authors),
    drift: driftSpans(journal, traffic),
    emergencies: changesOf(historyEntries(emergencies, []), authors),
    notes: [],
  };
}

/** Findings are about files, and a file may be another tenant's. */
function sourceOf(
  stored: StoredSource | undefined,
  namespace: string | undefined,
): Pick<Report, 'source' | 'sourceNotes'> {
  if (stored === undefined) return { source: 'no source', sourceNotes: [] };
  const { source, problem } = stored.record;
  if (namespace === undefined) return { source, sourceNotes: sourceNotes(stored.record) };
  return { source, sourceNotes: problem === undefined ? [] : [problem.message] };
}

export function reportOfObjects(
  objects: readonly BindingObject[],
  time: ReportTime,
  { server, clock }: { readonly server: string; readonly clock: Clock },
): Report {
  const within = { sinceMs: time.fromMs, untilMs: time.untilMs };
  const writes = objectWrites(objects).filter((write) => isWithin(within, write));
  return {
    ...time,
    ...standing(objects.map((object) => objectStatus(object).status)),
    source: server,
    sourceNotes: [],
    asOfMs: clock.wall(),
    changes: objectChanges(writes),
    drift: writes.filter(({ cause }) => cause === 'drift').flatMap(objectDrift),
    emergencies: objectChanges(writes.filter(({ permit }) => permit?.emergency !== undefined)),
    notes: [OBJECTS_TELL_LITTLE],
  };
}

/** `Ann: open 443` by revision, where the commit was told. */
function authorsOf(file: StateFile): ReadonlyMap<string, string> {
  const rows = new RevisionTable(file.database).recent(-1);
  return new Map(
    rows.flatMap((row) => {
      const commit = readRevisionRecord(row)?.commit;
      return commit === undefined ? [] : [[row.revision, `${commit.author}: ${commit.subject}`] as const];
    }),
  );
}

function changesOf(
  entries: readonly HistoryEntry[],
  authors: ReadonlyMap<string, string>,
): readonly ReportChange[] {
  const declared = new Map(
    entries.flatMap((entry) =>
      entry.kind === 'write' ? [[entry.write.id, declaredText(entry.write, authors)] as const] : [],
    ),
  );
  return historyLines(entries).map((line) => ({
    ...line,
    declared: declared.get(line.ids[0] ?? Number.NaN) ?? '',
  }));
}

function declaredText(row: JournalRow, authors: ReadonlyMap<string, string>): string {
  const origin = originOf(row);
  if (origin?.kind === 'kubernetes') return `object, generation ${origin.generation}`;
  if (origin?.kind !== 'directory') return '';
  const { file, line, revision } = origin;
  const author = authors.get(revision);
  return `${file}:${line} at ${shortRevision(revision)}${author === undefined ? '' : ` (${author})`}`;
}

function objectChanges(writes: readonly ObjectWrite[]): readonly ReportChange[] {
  return writes.flatMap((write) =>
    objectLines([write]).map((line) => ({
      ...line,
      declared: write.generation === undefined ? '' : `object, generation ${write.generation}`,
    })),
  );
}

/** How bindings stand at present. */
function standing(
  statuses: readonly BindingStatus[],
): Pick<Report, 'totals' | 'notReady' | 'contested' | 'refused' | 'suspended' | 'exposure'> {
  return {
    totals: totalsText(statuses),
    notReady: statuses.flatMap((status): Remark[] => {
      const ready = readyOf(status);
      if (ready?.status === 'True') return [];
      const { reason = 'NotObserved', message = 'not looked at yet' } = ready ?? {};
      const instances = status.instanceCount - status.inSyncCount;
      return [{ binding: status.key, instances, reason, message }];
    }),
    contested: statuses.flatMap((status) => remarks(status, ({ state }) => state === 'Contested')),
    refused: statuses.flatMap((status) =>
      remarks(status, ({ state }) => state === 'Refused' || state === 'Deferred'),
    ),
    suspended: statuses.flatMap(({ key, conditions, instanceCount }): Remark[] =>
      conditions
        .filter(({ type }) => type === 'Suspended')
        .map(({ reason, message }) => ({ binding: key, instances: instanceCount, reason, message })),
    ),
    exposure: statuses.flatMap(({ key, exposure = [] }): Remark[] =>
      exposure.map(({ rule, instanceCount }) => ({
        ...{ binding: key, instances: instanceCount, reason: rule },
        message: `${count(instanceCount, 'instance')} ${instanceCount === 1 ? 'is' : 'are'} open to what the rule forbids`,
      })),
    ),
  };
}

/** Instances of a binding for which one thing is said are one remark. */
function remarks(
  { key, instances }: BindingStatus,
  isMeant: (instance: BindingStatus['instances'][number]) => boolean,
): Remark[] {
  const groups = Map.groupBy(instances.filter(isMeant), ({ reason, message }) => `${reason} ${message}`);
  return [...groups.values()].flatMap((same): Remark[] => {
    const [first] = same;
    if (first === undefined) return [];
    return [{ binding: key, instances: same.length, reason: first.reason, message: first.message }];
  });
}

/** Repairs, and drift for which there is none, newest first. */
function driftSpans(journal: readonly JournalRow[], traffic: readonly TrafficRow[]): readonly DriftSpan[] {
  const repairs = journal.filter(({ cause }) => cause === 'drift');
  const lastRepairMs = new Map<string, number>();
  for (const { binding, instanceId, intendedMs } of repairs) {
    const key = `${binding} ${instanceId}`;
    lastRepairMs.set(key, Math.max(intendedMs, lastRepairMs.get(key) ?? 0));
  }
  const unrepaired = traffic
    .filter(({ cause }) => cause === 'drift')
    .flatMap((row) =>
      row.instanceIds
        .filter((id) => (lastRepairMs.get(`${row.binding} ${id}`) ?? 0) < row.foundMs - ONE_CHECK_MS)
        .map((instanceId): DriftSpan => {
          const { binding, foundMs } = row;
          return { binding, instanceId, foundMs, traffic: trafficText(row) };
        }),
    );
  return [...repairs.map(driftSpan), ...unrepaired].sort((a, b) => b.foundMs - a.foundMs);
}

function driftSpan(row: JournalRow): DriftSpan {
  const { binding, instanceId, intendedMs, verifiedMs } = row;
  const traffic = writeTraffic(row);
  const { sentences = [] } = traffic ?? {};
  return {
    ...{ binding, instanceId, foundMs: intendedMs },
    ...(verifiedMs === undefined ? {} : { repairedMs: verifiedMs }),
    ...(traffic?.openAtMostSeconds === undefined ? {} : { atMostMs: traffic.openAtMostSeconds * 1_000 }),
    traffic: sentences.length === 0 ? '' : `the repair ${sentences.join('; ')}`,
  };
}

function objectDrift({ binding, instanceIds, time, traffic }: ObjectWrite): DriftSpan[] {
  return instanceIds.map((instanceId) => ({
    ...{ binding, instanceId, foundMs: Date.parse(time), traffic: traffic.join('; ') },
  }));
}
