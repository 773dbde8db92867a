/** `cvmsg history --kubernetes`: what the statuses of the objects tell of writes. */

import { elsewhereText, type HistoryFilter, isWithin } from '../../core/history-filter.ts';
import { OBJECTS_TELL_LITTLE, objectWrites } from '../../manager/history/object-history.ts';
import { ClusterView } from '../cluster/cluster-view.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { ClusterFlags } from '../flags/cluster-flags.ts';
import { structured } from '../output/structured.ts';
import { historyView, limited, tellRest } from './history-lines.ts';
import { objectHistoryTable } from './history-table.ts';

export async function showObjectHistory(
  context: CommandContext,
  flags: ClusterFlags & { readonly binding: string | undefined },
  { filter, limit }: { readonly filter: HistoryFilter; readonly limit: number },
): Promise<ExitCode> {
  const { io, globals } = context;
  await using cluster = await ClusterView.open(context, flags);
  const objects = await cluster.objects(filter.binding?.split('/')[0]);
  const all = objectWrites(objects).filter((write) => isWithin(filter, write));
  const writes = limited(all, limit);
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(writes, globals.output));
  } else if (writes.length === 0)
    io.stderr.write(`no object tells of a write that matches${elsewhereText(flags)}\n`);
  else io.stdout.write(objectHistoryTable(writes, historyView(context)));
  tellRest(context, { shown: writes.length, all: all.length, what: 'writes' });
  io.stderr.write(`note: ${OBJECTS_TELL_LITTLE}\n`);
  return EXIT.ok;
}
