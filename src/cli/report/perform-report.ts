/** `cvmsg report`: what changed and how the fleet stands. */
import { writeFileSync } from 'node:fs';
import { messageOf } from '../../api/message-of.ts';
import { historyFilter } from '../../core/history-filter.ts';
import type { HistoryLine } from '../../core/history-line.ts';
import type { Report } from '../../core/report.ts';
import { visible } from '../../core/text/visible.ts';
import { count } from '../../core/text/words.ts';
import { type ReportTime, reportOfObjects, reportOfState } from '../../manager/report-data.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { asksCluster, type ClusterFlags } from '../flags/cluster-flags.ts';
import { commandLine } from '../output/command-line.ts';
import { structured } from '../output/structured.ts';
import { openStateOrCluster } from '../wiring/state-directory.ts';

interface ReportFlags extends ClusterFlags {
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly out: string | undefined;
  readonly csv: boolean;
  readonly namespace: string | undefined;
}

const WEEK = '7d';

export async function performReport(
  context: CommandContext,
  { flags }: { readonly flags: ReportFlags },
): Promise<ExitCode> {
  const { io, globals } = context;
  refuseOtherThanOneForm(flags, globals.output);
  const nowMs = systemClock.wall();
  const { since = WEEK, until = '0s' } = flags;
  const { sinceMs = 0, untilMs = nowMs } = historyFilter({ since, until }, nowMs);
  if (sinceMs >= untilMs) throw new CliError('--since: Expected a time before --until');
  const report = await reportOf(context, flags, { sinceMs, untilMs });
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(report, globals.output));
  } else if (flags.csv) io.stdout.write(reportCsv(report.changes));
  else await writePage(context, report, flags.out ?? '-');
  return EXIT.ok;
}

function refuseOtherThanOneForm({ out, csv }: ReportFlags, output: string): void {
  const forms = [
    ...(out === undefined ? [] : ['--out']),
    ...(csv ? ['--csv'] : []),
    ...(output === 'json' || output === 'yaml' ? [`-o ${output}`] : []),
  ];
  if (forms.length === 0) throw new CliError('say what to write: one of --out FILE, --csv, -o json');
  if (forms.length > 1) throw new CliError(`${forms.join(' and ')}: say one of them`);
}

async function reportOf(context: CommandContext, flags: ReportFlags, time: ReportTime): Promise<Report> {
  if (asksCluster(flags)) {
    const { ClusterView } = await import('../cluster/cluster-view.ts');
    await using cluster = await ClusterView.open(context, flags);
    return reportOfObjects(await cluster.objects(flags.namespace), time, {
      server: cluster.server,
      clock: systemClock,
    });
  }
  using file = openStateOrCluster(context);
  return reportOfState(file, time, { clock: systemClock, namespace: flags.namespace });
}

async function writePage(context: CommandContext, report: Report, out: string): Promise<void> {
  const { reportPage } = await import('../../http/page/report-page.ts');
  const command = commandLine(context, 'report');
  const page = String(await reportPage(report, { version: context.version, command }));
  if (out === '-') {
    context.io.stdout.write(page);
    return;
  }
  try {
    writeFileSync(out, page);
  } catch (error) {
    throw new CliError(`--out: "${out}" cannot be written: ${messageOf(error)}`);
  }
  context.io.stdout.write(
    `${report.totals}\nwrote "${out}": ${count(report.changes.length, 'change')}, ${count(report.drift.length, 'repair')} of drift\n`,
  );
}

// The changes of a report for a spreadsheet (RFC 4180).

const COLUMNS: readonly (readonly [name: string, cell: (line: HistoryLine) => string])[] = [
  ['time', ({ time }) => time],
  ['binding', ({ binding }) => binding],
  ['instances', ({ instanceIds }) => instanceIds.join(' ')],
  ['instance count', ({ instanceCount }) => String(instanceCount)],
  ['cause', ({ cause }) => cause],
  ['before', ({ before = [] }) => before.join(' ')],
  ['after', ({ after }) => after.join(' ')],
  ['opened and closed', ({ traffic }) => traffic],
  ['outcome', ({ outcome }) => outcome],
  ['declared', ({ declared }) => declared],
  ['authority', ({ authority }) => authority],
  ['request', ({ requestId }) => requestId],
];

export function reportCsv(lines: readonly HistoryLine[]): string {
  const rows = [COLUMNS.map(([name]) => name), ...lines.map((line) => COLUMNS.map(([, cell]) => cell(line)))];
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** A spreadsheet would run a text that begins like a formula, and a terminal what steers it. */
function field(text: string): string {
  const shown = text.split(/\r?\n/).map(visible).join('\n');
  const plain = /^[=+\-@\n]/.test(shown) ? `'${shown}` : shown;
  return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
