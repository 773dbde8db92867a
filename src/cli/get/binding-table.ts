/** The bindings as a table. */
import type { Condition } from '../../api/conditions.ts';
import { shortDuration } from '../flags/duration.ts';
import type { Palette } from '../output/palette.ts';
import { table } from '../output/table.ts';
import { shortRevision } from '../output/words.ts';
import type { StoredBinding } from '../wiring/stored-state.ts';

const HEADING = ['NAMESPACE', 'NAME', 'READY', 'IN-SYNC', 'REVISION', 'AGE', 'REASON'];

export function bindingTable(
  bindings: readonly StoredBinding[],
  { palette, nowMs }: { readonly palette: Palette; readonly nowMs: number },
): string {
  const rows = bindings.map(({ verdict }) => {
    const ready = verdict.conditions.find(({ type }) => type === 'Ready');
    const [namespace = '', name = ''] = verdict.key.split('/');
    const { origin } = verdict;
    return [
      namespace,
      name,
      readyText(ready, palette),
      `${verdict.inSyncCount}/${verdict.instanceCount}`,
      origin.kind === 'directory' ? shortRevision(origin.revision) : '',
      ready === undefined ? '' : shortDuration(nowMs - Date.parse(ready.lastTransitionTime)),
      ready?.reason ?? '',
    ];
  });
  return table(HEADING, rows);
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
