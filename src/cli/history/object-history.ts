/** `cvmsg history --kubernetes`: what the statuses of the objects tell of writes. */

import { OBJECTS_TELL_LITTLE, objectWrites } from '../../manager/history/object-history.ts';
import type { JournalFilter } from '../../store/sqlite/journal-table.ts';
import { ClusterView } from '../cluster/cluster-view.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { ClusterFlags } from '../flags/cluster-flags.ts';
import { structured } from '../output/structured.ts';
import { historyView, limited, tellRest, unmatchedText } from './history-lines.ts';
import { objectHistoryTable } from './history-table.ts';

export async function showObjectHistory(
  context: CommandContext,
  flags: ClusterFlags & { readonly binding: string | undefined },
  { filter, limit }: { readonly filter: JournalFilter; readonly limit: number },
): Promise<ExitCode> {
  const { io, globals } = context;
  const {
    instanceId,
    binding,
    sinceMs = Number.NEGATIVE_INFINITY,
    untilMs = Number.POSITIVE_INFINITY,
  } = filter;
  await using cluster = await ClusterView.open(context, flags);
  const all = objectWrites(await cluster.objects(binding?.split('/')[0])).filter((write) => {
    const atMs = Date.parse(write.time);
    if (atMs < sinceMs || atMs > untilMs) return false;
    if (binding !== undefined && write.binding !== binding) return false;
    return instanceId === undefined || write.instanceIds.includes(instanceId);
  });
  const writes = limited(all, limit);
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(writes, globals.output));
  } else if (writes.length === 0)
    io.stderr.write(unmatchedText('no object tells of a write that matches', flags.binding));
  else io.stdout.write(objectHistoryTable(writes, historyView(context)));
  tellRest(context, { shown: writes.length, all: all.length, what: 'writes' });
  io.stderr.write(`note: ${OBJECTS_TELL_LITTLE}\n`);
  return EXIT.ok;
}
