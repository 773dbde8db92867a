/** `cvmsg history`: the journal, or the revisions; or what the objects of a cluster tell of writes. */
import { isInstanceId } from '../../api/ids.ts';
import { elsewhereText, historyFilter } from '../../core/history-filter.ts';
import { count } from '../../core/text/words.ts';
import { historyEntries } from '../../manager/history/history-line.ts';
import { journalData } from '../../manager/history/journal-view.ts';
import { trafficData } from '../../manager/history/traffic-view.ts';
import { systemClock } from '../../runtime/clock.ts';
import { JournalChain } from '../../store/sqlite/journal-chain.ts';
import { type JournalFilter, JournalTable } from '../../store/sqlite/journal-table.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { TrafficTable } from '../../store/sqlite/traffic-table.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { asksCluster, type ClusterFlags } from '../flags/cluster-flags.ts';
import { flagName } from '../flags/flag.ts';
import { structured } from '../output/structured.ts';
import { terminalWidth } from '../output/terminal-width.ts';
import { openStateOrCluster } from '../wiring/state-directory.ts';
import { historyView, limited, tellRest } from './history-lines.ts';
import { historyTable } from './history-table.ts';
import { recordedRevisions } from './recorded-revisions.ts';
import { revisionData, revisionTable } from './revision-table.ts';

interface HistoryFlags extends ClusterFlags {
  readonly revisions: boolean;
  readonly verify: boolean;
  readonly instance: string | undefined;
  readonly binding: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly limit: number | undefined;
}

/** Lines of a table that nobody narrowed. */
const LINES = 50;

export async function performHistory(
  context: CommandContext,
  { flags }: { readonly flags: HistoryFlags },
): Promise<ExitCode> {
  const { instance, binding } = flags;
  if (flags.verify) return await showChain(context, flags);
  if (instance !== undefined && !isInstanceId(instance)) {
    throw new CliError(`--instance: Expected an instance id such as ins-4q118hl2, got "${instance}"`);
  }
  if (flags.revisions && (instance !== undefined || binding !== undefined)) {
    throw new CliError('--revisions lists whole revisions: leave out --instance and --binding');
  }
  const filter = historyFilter(flags, systemClock.wall());
  // A filter says what is wanted, and a program cannot ask for the rest.
  const asked = Object.keys(filter).length > 0 || isForPrograms(context);
  const limit = flags.limit ?? (asked ? 0 : LINES);
  if (asksCluster(flags)) {
    if (flags.revisions) {
      throw new CliError(
        'a cluster keeps no revisions: the git that its objects come from does; leave out --revisions',
      );
    }
    const { showObjectHistory } = await import('./object-history.ts');
    return await showObjectHistory(context, flags, { filter, limit });
  }
  using file = openStateOrCluster(context);
  return flags.revisions
    ? await showRevisions(context, file, { ...filter, limit })
    : await showJournal(context, file, { ...filter, limit }, binding);
}

/** The whole journal and nothing else. */
async function showChain(context: CommandContext, flags: HistoryFlags): Promise<ExitCode> {
  const { verify: _, ...others } = flags;
  const given = Object.entries(others).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : [`--${flagName(name)}`],
  );
  if (given.length > 0) {
    throw new CliError(`--verify looks at the whole journal of the state: leave out ${given.join(', ')}`);
  }
  using file = openStateOrCluster(context);
  return await verifyJournal(context, file);
}

async function showJournal(
  context: CommandContext,
  file: StateFile,
  filter: JournalFilter & { readonly limit: number },
  binding: string | undefined,
): Promise<ExitCode> {
  const { io, globals } = context;
  const journal = new JournalTable(file.database, { clock: systemClock, actor: 'reader' });
  const traffic = new TrafficTable(file.database).query(filter);
  const all = historyEntries(journal.query({ ...filter, limit: 0 }), traffic);
  const entries = limited(all, filter.limit);
  if (globals.output === 'json' || globals.output === 'yaml') {
    const data = entries.map((entry) =>
      entry.kind === 'write' ? journalData(entry.write) : trafficData(entry.traffic),
    );
    io.stdout.write(await structured(data, globals.output));
  } else if (entries.length === 0)
    io.stderr.write(`nothing in the journal matches${elsewhereText({ binding })}\n`);
  else io.stdout.write(historyTable(entries, historyView(context)));
  const what = traffic.length === 0 ? 'writes' : 'writes and changes of traffic';
  tellRest(context, { shown: entries.length, all: all.length, what });
  return EXIT.ok;
}

async function showRevisions(
  context: CommandContext,
  file: StateFile,
  {
    sinceMs = Number.NEGATIVE_INFINITY,
    untilMs = Number.POSITIVE_INFINITY,
    limit,
  }: JournalFilter & { readonly limit: number },
): Promise<ExitCode> {
  const { io, globals } = context;
  const all = recordedRevisions(file).filter(({ seenMs }) => seenMs >= sinceMs && seenMs <= untilMs);
  const revisions = limited(all, limit);
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(revisions.map(revisionData), globals.output));
  } else if (revisions.length === 0) io.stderr.write('no recorded revision matches\n');
  else io.stdout.write(revisionTable(revisions, terminalWidth(context)));
  tellRest(context, { shown: revisions.length, all: all.length, what: 'revisions' });
  return EXIT.ok;
}

function isForPrograms({ globals }: CommandContext): boolean {
  return globals.output === 'json' || globals.output === 'yaml';
}

/** `cvmsg history --verify`: whether the journal is as it was written. */
async function verifyJournal({ io, globals, palette }: CommandContext, file: StateFile): Promise<ExitCode> {
  const state = new JournalChain(file.database).verify();
  const code = state.whole ? EXIT.ok : EXIT.error;
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(state, globals.output));
    return code;
  }
  if (!state.whole) {
    io.stdout.write(
      `${palette.bad('broken')} at write ${state.id}: ${state.problem}; what stands before it is whole, and nobody can vouch for the rest\n`,
    );
    return code;
  }
  const { entries, unchained, newest, prunedThrough } = state;
  const pruned = prunedThrough === undefined ? '' : `; those up to ${prunedThrough} are not kept any more`;
  const old =
    unchained === 0
      ? ''
      : `; ${count(unchained, 'write')} of an older version ${unchained === 1 ? 'has' : 'have'} no hash`;
  if (entries > 0 && entries === unchained) {
    const which = `${count(entries, 'write')} of an older version`;
    io.stdout.write(
      `${palette.bad('unknown')}: nobody can vouch for ${which}, without a hash; the next write begins the chain\n`,
    );
    return code;
  }
  io.stdout.write(`${palette.good('whole')}: ${count(entries, 'write')}${pruned}${old}\n`);
  if (newest !== '') io.stdout.write(`newest  ${newest}\n`);
  return code;
}
