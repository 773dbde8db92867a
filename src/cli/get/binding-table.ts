/** The bindings as a table: those that are not ready first. */

import type { Condition } from '../../api/conditions.ts';
import { partsOf } from '../../api/ids.ts';
import { modeText } from '../../core/suspension.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { attentionRank, readyOf, totalsText as totalsOf } from '../../core/text/totals-text.ts';
import { visible } from '../../core/text/visible.ts';
import { count, shortRevision, someOf } from '../../core/text/words.ts';
import type { StoredBinding } from '../../manager/stored-state.ts';
import type { Palette } from '../output/palette.ts';
import { table } from '../output/table.ts';

const HEADING = ['NAMESPACE', 'NAME', 'READY', 'IN-SYNC', 'MODE', 'REVISION', 'AGE', 'REASON'];
const WIDE = ['REGION', 'CREDENTIALS', 'DECLARED AT', 'MESSAGE'];

/** What gives way where a line is too long for the terminal; the rest can be copied into another command. */
export const CUT_COLUMNS = ['MODE', 'REVISION', 'REASON'];

export interface BindingTableView {
  readonly palette: Palette;
  readonly nowMs: number;
  /** With region, credentials, place and message. */
  readonly wide: boolean;
}

/** @param width of the terminal; absent: nothing is cut. */
export function bindingTable(
  bindings: readonly StoredBinding[],
  view: BindingTableView & { readonly width?: number | undefined },
): string {
  const rows = attentionFirst(bindings).map((binding) => bindingRow(binding, view));
  return table(bindingHeading(view), rows, { width: view.width, cuts: CUT_COLUMNS });
}

export function bindingHeading({ wide }: Pick<BindingTableView, 'wide'>): readonly string[] {
  return wide ? [...HEADING, ...WIDE] : HEADING;
}

export function bindingRow(binding: StoredBinding, { palette, nowMs, wide }: BindingTableView): string[] {
  const { status } = binding;
  const ready = readyOf(binding.status);
  const { namespace, name } = partsOf(status.key);
  const { origin, scope } = status;
  const row = [
    namespace,
    name,
    readyText(ready, palette),
    `${status.inSyncCount}/${status.instanceCount}`,
    modeOf(binding, nowMs),
    origin.kind === 'directory' ? shortRevision(origin.revision) : '',
    ready === undefined ? '' : shortDuration(nowMs - Date.parse(ready.lastTransitionTime)),
    ready?.reason ?? '',
  ];
  if (!wide) return row;
  const place = origin.kind === 'directory' ? `${visible(origin.file)}:${origin.line}` : '';
  return [...row, scope.region, scope.account, place, visible(ready?.message ?? '')];
}

export function attentionFirst<T extends StoredBinding>(bindings: readonly T[]): T[] {
  return bindings.toSorted((a, b) => attentionRank(a.status) - attentionRank(b.status));
}

export function isReady(binding: StoredBinding): boolean {
  return readyOf(binding.status)?.status === 'True';
}

export function totalsText(bindings: readonly StoredBinding[], nowMs: number): string {
  return `${totalsOf(bindings.map((binding) => ({ ...binding.status, mode: modeOf(binding, nowMs) })))}\n`;
}

/** `rule "no remote shell": 3 instances of shop/web are open to what it forbids`, for each rule of exposure; nothing without any. */
export function exposureText(bindings: readonly StoredBinding[]): string {
  const byRule = Map.groupBy(
    bindings.flatMap(({ status }) =>
      (status.exposure ?? []).map((one) => ({ ...one, binding: status.key as string })),
    ),
    ({ rule }) => rule,
  );
  return [...byRule]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([rule, exposed]) => {
      const instances = exposed.reduce((sum, { instanceCount }) => sum + instanceCount, 0);
      const names = exposed.map(({ binding }) => binding).sort();
      const are = instances === 1 ? 'is' : 'are';
      return `rule "${visible(rule)}": ${count(instances, 'instance')} of ${someOf(names)} ${are} open to what it forbids\n`;
    })
    .join('');
}

/** As it is declared at this moment: a suspension may have ended since the state was written. */
function modeOf({ status, declared }: StoredBinding, nowMs: number): string {
  return declared === undefined ? (status.mode ?? '') : modeText(declared, nowMs);
}

function readyText(ready: Condition | undefined, palette: Palette): string {
  switch (ready?.status) {
    case 'True':
      return palette.good('True');
    case 'False':
      return palette.bad('False');
    default:
      return palette.changed('Unknown');
  }
}
