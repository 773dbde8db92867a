/** Gathers a report from what a state keeps, or from what the objects of a cluster tell. */
import { type BindingKey, namespaceOf } from '../api/ids.ts';
import { type HistoryFilter, isWithin } from '../core/history-filter.ts';
import type { InstanceState } from '../core/instance-status.ts';
import { groupsOf } from '../core/model.ts';
import type { DriftSpan, Remark, Report } from '../core/report.ts';
import { readyOf, totalsText } from '../core/text/totals-text.ts';
import { count } from '../core/text/words.ts';
import type { BindingObject } from '../kubernetes/source/binding-object.ts';
import type { BindingStatus } from '../ports/status.ts';
import type { Clock } from '../runtime/clock.ts';
import { type JournalRow, JournalTable } from '../store/sqlite/journal-table.ts';
import { RevisionTable } from '../store/sqlite/revision-table.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';
import { type TrafficRow, TrafficTable } from '../store/sqlite/traffic-table.ts';
import { historyEntries, historyLines, objectLines } from './history/history-line.ts';
import { OBJECTS_TELL_LITTLE, type ObjectWrite, objectWrites } from './history/object-history.ts';
import { trafficText, writeTraffic } from './history/traffic-view.ts';
import { objectStatus } from './object-status.ts';
import { readRevisionRecord, sourceNotes } from './revision-record.ts';
import { type StoredSource, storedBindings, storedSource } from './stored-state.ts';

/** Drift and its repair are recorded within one check, in either order. */
const ONE_CHECK_MS = 60_000;

export type ReportTime = Required<Pick<HistoryFilter, 'sinceMs' | 'untilMs'>>;

/** @param namespace only its bindings; undefined: all. */
export function reportOfState(
  file: StateFile,
  time: ReportTime,
  { clock, namespace }: { readonly clock: Clock; readonly namespace?: string | undefined },
): Report {
  const isMeant = ({ binding }: { readonly binding: string }) =>
    namespace === undefined || namespaceOf(binding as BindingKey) === namespace;
  const journal = new JournalTable(file.database, { clock, actor: 'report' }).query(time).filter(isMeant);
  const traffic = new TrafficTable(file.database).query(time).filter(isMeant);
  const authors = authorsOf(file);
  const statuses = storedBindings(file).map(({ status }) => status);
  const emergencies = journal.filter(({ permit }) => permit?.emergency !== undefined);
  return {
    ...timesOf(time, clock),
    ...standing(statuses.filter(({ key }) => isMeant({ binding: key }))),
    ...sourceOf(storedSource(file), namespace),
    changes: historyLines(historyEntries(journal, traffic), authors),
    drift: driftSpans(journal, traffic),
    emergencies: historyLines(historyEntries(emergencies, []), authors),
    notes: [],
  };
}

/** Findings are about files, and a file may be another tenant's. */
function sourceOf(stored: StoredSource | undefined, namespace: string | undefined) {
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
  const writes = objectWrites(objects).filter((write) => isWithin(time, write));
  return {
    ...timesOf(time, clock),
    ...standing(objects.map((object) => objectStatus(object).status)),
    source: server,
    sourceNotes: [],
    changes: objectLines(writes),
    drift: writes.filter(({ cause }) => cause === 'drift').flatMap(objectDrift),
    emergencies: objectLines(writes.filter(({ permit }) => permit?.emergency !== undefined)),
    notes: [OBJECTS_TELL_LITTLE],
  };
}

function timesOf({ sinceMs, untilMs }: ReportTime, clock: Clock) {
  return { from: timeText(sinceMs), until: timeText(untilMs), asOf: timeText(clock.wall()) };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
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

/** How bindings stand at present. */
function standing(statuses: readonly BindingStatus[]) {
  return {
    totals: totalsText(statuses),
    notReady: statuses.flatMap((status): Remark[] => {
      const ready = readyOf(status);
      if (ready?.status === 'True') return [];
      const { reason = 'NotObserved', message = 'not looked at yet' } = ready ?? {};
      const instances = status.instanceCount - status.inSyncCount;
      return [{ binding: status.key, instances, reason, message }];
    }),
    contested: statuses.flatMap((status) => remarks(status, ['Contested'])),
    refused: statuses.flatMap((status) => remarks(status, ['Refused', 'Deferred'])),
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
function remarks({ key, instances }: BindingStatus, states: readonly InstanceState[]): Remark[] {
  const meant = instances.filter(({ state }) => states.includes(state));
  return groupsOf(meant, ({ reason, message }) => `${reason} ${message}`).map((same) => {
    const [{ reason, message }] = same;
    return { binding: key, instances: same.length, reason, message };
  });
}

/** Repairs, and drift for which there is none, newest first. */
function driftSpans(journal: readonly JournalRow[], traffic: readonly TrafficRow[]): readonly DriftSpan[] {
  const repairs = journal.filter(({ cause }) => cause === 'drift');
  // The newest stands first.
  const byInstance = Map.groupBy(repairs, ({ binding, instanceId }) => `${binding} ${instanceId}`);
  const repairedMs = (key: string) => byInstance.get(key)?.[0]?.intendedMs ?? 0;
  const unrepaired = traffic
    .filter(({ cause }) => cause === 'drift')
    .flatMap(({ binding, foundMs, instanceIds, ...row }) =>
      instanceIds
        .filter((id) => repairedMs(`${binding} ${id}`) < foundMs - ONE_CHECK_MS)
        .map((instanceId) => ({ binding, instanceId, found: timeText(foundMs), traffic: trafficText(row) })),
    );
  return [...repairs.map(driftSpan), ...unrepaired].sort((a, b) => Date.parse(b.found) - Date.parse(a.found));
}

function driftSpan(row: JournalRow): DriftSpan {
  const { binding, instanceId, intendedMs, verifiedMs } = row;
  const { sentences = [], openAtMostSeconds } = writeTraffic(row) ?? {};
  return {
    ...{ binding, instanceId, found: timeText(intendedMs) },
    ...(verifiedMs === undefined ? {} : { repaired: timeText(verifiedMs) }),
    ...(openAtMostSeconds === undefined ? {} : { atMostSeconds: openAtMostSeconds }),
    traffic: sentences.length === 0 ? '' : `the repair ${sentences.join('; ')}`,
  };
}

function objectDrift({ binding, instanceIds, time, traffic }: ObjectWrite): DriftSpan[] {
  return instanceIds.map((instanceId) => ({
    ...{ binding, instanceId, found: timeText(Date.parse(time)), traffic: traffic.join('; ') },
  }));
}
