/** `cvmsg get`: the bindings from the state directory, or from the objects of a cluster. */
import { type BindingKey, isMeantBy, partsOf } from '../../api/ids.ts';
import { nearestName } from '../../api/nearest-name.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { diagnosticTexts, retainedText } from '../../manager/revision-record.ts';
import type { StoredSource } from '../../manager/stored-state.ts';
import { systemClock } from '../../runtime/clock.ts';
import { currentWriter } from '../../store/sqlite/writer-lock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { ClusterFlags } from '../flags/cluster-flags.ts';
import type { Palette } from '../output/palette.ts';
import { structured } from '../output/structured.ts';
import { columnsOf, tableLine } from '../output/table.ts';
import { terminalWidth } from '../output/terminal-width.ts';
import { onStopSignals } from '../signals.ts';
import { stateDirectory } from '../wiring/state-directory.ts';
import { timeText } from './binding-object.ts';
import {
  attentionFirst,
  type BindingTableView,
  bindingHeading,
  bindingRow,
  bindingTable,
  CUT_COLUMNS,
  exposureText,
  isReady,
  totalsText,
} from './binding-table.ts';
import {
  type BindingsReader,
  type BindingsReading,
  bindingsReader,
  type ReadBinding,
} from './read-bindings.ts';

interface GetFlags extends ClusterFlags {
  readonly namespace: string | undefined;
  readonly notReady: boolean;
  readonly watch: boolean;
}

const KINDS = new Set(['binding', 'bindings', 'csgb', 'cvmsecuritygroupbinding', 'cvmsecuritygroupbindings']);

export async function performGet(
  context: CommandContext,
  { args, flags }: { readonly args: readonly string[]; readonly flags: GetFlags },
): Promise<ExitCode> {
  const { io, globals } = context;
  const wanted = wantedName(args);
  const structuredForm = globals.output === 'json' || globals.output === 'yaml' ? globals.output : undefined;
  if (flags.watch && structuredForm !== undefined) {
    throw new CliError('--watch prints lines: leave out -o, or write -o wide');
  }
  await using reader = await bindingsReader(context, flags);
  const chosen = (all: readonly ReadBinding[]) => {
    const named = wanted === undefined ? all : pick(all, wanted);
    return flags.notReady ? named.filter((binding) => !isReady(binding)) : named;
  };
  if (flags.watch) return await watchUntilStopped(context, reader, chosen);
  const reading = await reader.read();
  const bindings = chosen(reading.bindings);
  if (structuredForm !== undefined) {
    const value = objectsOf(bindings, reading, { single: wanted !== undefined });
    io.stdout.write(await structured(value, structuredForm));
    return EXIT.ok;
  }
  if (reading.silent !== undefined) io.stdout.write(`${context.palette.bad('!')} ${reading.silent}.\n\n`);
  showTable(context, bindings);
  if (reading.source !== undefined && wanted === undefined) {
    const view = { palette: context.palette, nowMs: systemClock.wall() };
    io.stdout.write(`\n${sourceText(reading.source, view)}`);
  }
  if (!reader.inCluster && currentWriter(stateDirectory(context)) === undefined) {
    io.stdout.write('No controller runs on this state: this is how things stood when the last one ended.\n');
  }
  return EXIT.ok;
}

function showTable(context: CommandContext, bindings: readonly ReadBinding[]): void {
  const { io, palette, globals } = context;
  const wide = globals.output === 'wide';
  const view = { palette, nowMs: systemClock.wall(), wide };
  io.stdout.write(
    bindingTable(bindings, { ...view, width: terminalWidth(context) }) +
      totalsText(bindings, view.nowMs) +
      exposureText(bindings),
  );
}

async function watchUntilStopped(
  context: CommandContext,
  reader: BindingsReader,
  chosen: (all: readonly ReadBinding[]) => readonly ReadBinding[],
): Promise<ExitCode> {
  const stop = new AbortController();
  const forget = onStopSignals({
    onFirst: () => stop.abort(),
    onSecond: () => process.exit(EXIT.interrupted),
  });
  try {
    await watchBindings(context, {
      read: async () => chosen((await reader.read()).bindings),
      inCluster: reader.inCluster,
      signal: stop.signal,
    });
    return EXIT.interrupted;
  } finally {
    forget();
  }
}

function objectsOf(
  bindings: readonly ReadBinding[],
  { source, silent }: BindingsReading,
  { single }: { readonly single: boolean },
): unknown {
  const items = bindings.map(({ object }) => object);
  if (single && items.length === 1) return items[0];
  const about = source && sourceData(source);
  const warning = silent === undefined ? {} : { warning: silent };
  return {
    apiVersion: 'v1',
    kind: 'List',
    ...warning,
    ...(about === undefined ? {} : { source: about }),
    items,
  };
}

/** The names that programs read. */
function sourceData({ revision, seenMs, record }: StoredSource): object {
  const { diagnostics: findings, diagnosticCount: findingCount, ...rest } = record;
  return { revision, seenTime: timeText(seenMs), ...rest, findings, findingCount };
}

/** `get`, `get bindings`, `get bindings NAME` and `get NAME`. */
function wantedName([first, second]: readonly string[]): string | undefined {
  if (first === undefined) return undefined;
  if (KINDS.has(first.toLowerCase())) return second;
  if (second !== undefined) {
    throw new CliError(
      `there is no kind "${first}"; the only kind is bindings: cvmsg get bindings ${second}`,
    );
  }
  return first;
}

function pick(all: readonly ReadBinding[], wanted: string): readonly ReadBinding[] {
  const found = all.filter(
    ({ status }) => isMeantBy(wanted, status.key) || partsOf(status.key).name === wanted,
  );
  if (found.length > 0) return found;
  const keys = all.map(({ status }) => status.key);
  const nearest = nearestName(wanted, [...keys, ...keys.map((key) => partsOf(key).name)]);
  const hint = nearest === undefined ? '`cvmsg get` lists all' : `did you mean "${nearest}"?`;
  throw new CliError(`there is no binding "${wanted}"; ${hint}`);
}

/** The line about the source under the table of bindings, and what is wrong with it. */
function sourceText(
  { revision, seenMs, record }: StoredSource,
  { palette, nowMs }: { readonly palette: Palette; readonly nowMs: number },
): string {
  const read =
    revision === '' ? 'no revision read yet' : `revision ${revision}, ${shortDuration(nowMs - seenMs)} ago`;
  const wrong = (text: string) => `  ${palette.bad('!')} ${text}\n`;
  const { texts, more } = diagnosticTexts(record);
  const diagnostics = [...texts.map(wrong), ...(more === undefined ? [] : [`  ${more}\n`])];
  const retained = retainedText(record);
  const kept = retained === undefined ? '' : `  ${retained}\n`;
  const problem = record.problem === undefined ? '' : wrong(record.problem.message);
  return `Source ${record.source}: ${read}\n${diagnostics.join('')}${kept}${problem}`;
}

/** A state file is looked at more often than an API server is asked. */
const POLL_MS = { state: 500, cluster: 2_000 };

interface WatchOptions {
  readonly read: () => Promise<readonly ReadBinding[]>;
  readonly inCluster: boolean;
  readonly signal: AbortSignal;
}

/** `--watch`: the table, and then a line for each binding that reads differently. Ends when the signal aborts. */
async function watchBindings(context: CommandContext, options: WatchOptions): Promise<void> {
  const { io, palette, globals } = context;
  const wide = globals.output === 'wide';
  const view = (): BindingTableView => ({ palette, nowMs: systemClock.wall(), wide });
  const heading = bindingHeading({ wide });
  const first = attentionFirst(await options.read());
  const rows = first.map((binding) => bindingRow(binding, view()));
  const columns = columnsOf(heading, rows, { width: terminalWidth(context), cuts: CUT_COLUMNS });
  io.stdout.write([heading, ...rows].map((row) => tableLine(row, columns)).join(''));
  let reported = textsOf(first, view());
  while (!options.signal.aborted) {
    await systemClock.sleep(POLL_MS[options.inCluster ? 'cluster' : 'state'], options.signal).catch(() => {});
    if (options.signal.aborted) return;
    const now = view();
    const present = await options.read();
    const texts = textsOf(present, now);
    for (const binding of present) {
      const { key } = binding.status;
      if (reported.get(key) === texts.get(key)) continue;
      io.stdout.write(tableLine(bindingRow(binding, now), columns));
    }
    for (const key of reported.keys()) {
      if (texts.has(key)) continue;
      const { namespace, name } = partsOf(key as BindingKey);
      io.stdout.write(tableLine([namespace, name, 'gone'], columns));
    }
    reported = texts;
  }
}

/** What each line says but for the age, which changes by itself. */
function textsOf(bindings: readonly ReadBinding[], view: BindingTableView): Map<string, string> {
  const age = bindingHeading(view).indexOf('AGE');
  return new Map(
    bindings.map((binding) => [binding.status.key, bindingRow(binding, view).toSpliced(age, 1).join('\0')]),
  );
}
