/** `cvmsg history`: the journal, or the revisions. */
import { isInstanceId } from '../../api/ids.ts';
import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import { systemClock } from '../../runtime/clock.ts';
import { type JournalFilter, type JournalRow, JournalTable } from '../../state/journal-table.ts';
import type { StateFile } from '../../state/state-file.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { parseInstant } from '../flags/duration.ts';
import type { Flag } from '../flags/flag.ts';
import { structured } from '../output/structured.ts';
import { table } from '../output/table.ts';
import { listText } from '../output/words.ts';
import { openStateForReading } from '../wiring/state-directory.ts';
import { authorityText } from './authority-text.ts';
import { journalData } from './journal-view.ts';
import { recordedRevisions } from './recorded-revisions.ts';
import { revisionData, revisionTable } from './revision-table.ts';

type HistoryFlags = {
  readonly revisions: Flag<boolean>;
  readonly instance: Flag<string | undefined>;
  readonly binding: Flag<string | undefined>;
  readonly since: Flag<string | undefined>;
  readonly until: Flag<string | undefined>;
  readonly limit: Flag<number>;
};

const HEADING = ['ID', 'TIME', 'INSTANCE', 'BINDING', 'CAUSE', 'BEFORE', 'AFTER', 'OUTCOME', 'REQUEST'];

export async function performHistory(
  context: CommandContext,
  { flags }: CommandInput<HistoryFlags>,
): Promise<ExitCode> {
  const { io, globals } = context;
  const { instance, binding, limit } = flags;
  if (instance !== undefined && !isInstanceId(instance)) {
    throw new CliError(`--instance: Expected an instance id such as ins-4q118hl2, got "${instance}"`);
  }
  if (flags.revisions && (instance !== undefined || binding !== undefined)) {
    throw new CliError('--revisions lists whole revisions: leave out --instance and --binding');
  }
  const filter: JournalFilter = {
    limit,
    ...(instance === undefined ? {} : { instanceId: instance }),
    ...(binding === undefined ? {} : { binding: binding.includes('/') ? binding : `default/${binding}` }),
    ...bound('sinceMs', '--since', flags.since),
    ...bound('untilMs', '--until', flags.until),
  };
  using file = openStateForReading(context);
  if (flags.revisions) return showRevisions(context, file, filter);
  const journal = new JournalTable(file.database, { clock: systemClock, actor: 'reader' });
  const rows = journal.query(filter);
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(rows.map(journalData), globals.output));
    return EXIT.ok;
  }
  if (rows.length === 0) io.stderr.write('nothing in the journal matches\n');
  else {
    const told = rows.some((row) => row.authority !== '');
    const heading = told ? [...HEADING, 'AUTHORITY'] : HEADING;
    io.stdout.write(
      table(
        heading,
        rows.map((row) => (told ? [...tableRow(row), authorityText(row.authority)] : tableRow(row))),
      ),
    );
  }
  return EXIT.ok;
}

async function showRevisions(
  { io, globals }: CommandContext,
  file: StateFile,
  { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY, limit = 0 }: JournalFilter,
): Promise<ExitCode> {
  const revisions = recordedRevisions(file)
    .filter(({ seenMs }) => seenMs >= sinceMs && seenMs <= untilMs)
    .slice(0, limit === 0 ? undefined : limit);
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(revisions.map(revisionData), globals.output));
  } else if (revisions.length === 0) io.stderr.write('no recorded revision matches\n');
  else io.stdout.write(revisionTable(revisions));
  return EXIT.ok;
}

function bound(
  name: 'sinceMs' | 'untilMs',
  flag: string,
  text: string | undefined,
): Partial<Record<'sinceMs' | 'untilMs', number>> {
  if (text === undefined) return {};
  const atMs = parseInstant(text, systemClock.wall());
  if (atMs !== undefined) return { [name]: atMs };
  throw new CliError(
    `${flag}: Expected a duration such as 2h or a time such as 2026-01-31T10:00:00Z, got "${text}"`,
  );
}

function tableRow(row: JournalRow): string[] {
  return [
    String(row.id),
    rfc3339Seconds(row.intendedMs),
    row.instanceId,
    row.binding,
    row.cause,
    listText(row.before),
    listText(row.after),
    (row.outcome ?? 'open') + (row.code === '' ? '' : ` ${row.code}`),
    row.requestId,
  ];
}
