/** A journal row for people and for programs. */
import type { Origin } from '../../core/model.ts';
import type { JournalRow } from '../../store/sqlite/journal-table.ts';
import { writeTraffic } from './traffic-view.ts';

/** `web.yaml:3 at 1a2b3c`, from the origin that is stored as JSON. */
export function originOf(row: Pick<JournalRow, 'origin'>): Origin | undefined {
  try {
    return JSON.parse(row.origin) as Origin;
  } catch {
    return undefined;
  }
}

export function causeText(cause: string): string {
  switch (cause) {
    case 'drift':
      return 'drift found';
    case 'declared':
      return 'declaration changed';
    case 'first-seen':
      return 'differed when first seen';
    case 'restored':
      return 'original list to be put back';
    case 'rolled-back':
      return 'earlier list to be put back';
    default:
      return cause;
  }
}

export function outcomeText(row: JournalRow): string {
  if (row.outcome === undefined) return 'not known yet; the next start settles it';
  const failure = row.code === '' ? '' : ` (${row.code}: ${row.message})`;
  return `${row.outcome}${failure}`;
}

/** The approval that let the write pass, in its parts. */
function approvalData({ permit }: JournalRow): { readonly approval?: object } {
  if (permit?.approvedBy === undefined) return {};
  const { saidBy, ...approval } = permit.approvedBy;
  return { approval: saidBy === undefined ? approval : { ...approval, toldBy: saidBy } };
}

export function journalData(row: JournalRow): unknown {
  const { intendedMs, concludedMs, verifiedMs, origin: _, traffic: __, permit: ___, ...rest } = row;
  const traffic = writeTraffic(row);
  return {
    ...rest,
    time: new Date(intendedMs).toISOString(),
    ...(concludedMs === undefined ? {} : { concludedTime: new Date(concludedMs).toISOString() }),
    ...(verifiedMs === undefined ? {} : { readBackTime: new Date(verifiedMs).toISOString() }),
    origin: originOf(row) ?? null,
    ...approvalData(row),
    ...(traffic === undefined ? {} : { traffic }),
  };
}
