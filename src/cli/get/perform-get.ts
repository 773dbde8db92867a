/** `cvmsg get`: the bindings from the state directory. */
import { nearestName } from '../../api/nearest-name.ts';
import { systemClock } from '../../runtime/clock.ts';
import { currentWriter } from '../../state/writer-lock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { structured } from '../output/structured.ts';
import { openStateForReading, stateDirectory } from '../wiring/state-directory.ts';
import { type StoredBinding, storedBindings, storedSource } from '../wiring/stored-state.ts';
import { bindingObject, timeText } from './binding-object.ts';
import { bindingTable } from './binding-table.ts';
import { sourceText } from './source-text.ts';

const KINDS = new Set(['binding', 'bindings', 'csgb', 'cvmsecuritygroupbinding', 'cvmsecuritygroupbindings']);

export async function performGet(
  context: CommandContext,
  { args }: CommandInput<Record<never, never>>,
): Promise<ExitCode> {
  const { io, globals, palette } = context;
  const wanted = wantedName(args);
  using file = openStateForReading(context);
  const all = storedBindings(file);
  const source = storedSource(file);
  const bindings = wanted === undefined ? all : pick(all, wanted);
  if (globals.output === 'json' || globals.output === 'yaml') {
    const items = bindings.map(bindingObject);
    const about = source && {
      revision: source.revision,
      seenTime: timeText(source.seenMs),
      ...source.record,
    };
    const [only] = items;
    const list = { apiVersion: 'v1', kind: 'List', ...(about === undefined ? {} : { source: about }), items };
    io.stdout.write(
      await structured(wanted !== undefined && items.length === 1 ? only : list, globals.output),
    );
    return EXIT.ok;
  }
  const view = { palette, nowMs: systemClock.wall() };
  io.stdout.write(bindingTable(bindings, view));
  if (source !== undefined && wanted === undefined) io.stdout.write(`\n${sourceText(source, view)}`);
  if (currentWriter(stateDirectory(context)) === undefined) {
    io.stdout.write('No controller runs on this state: this is how things stood when the last one ended.\n');
  }
  return EXIT.ok;
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

function pick(all: readonly StoredBinding[], wanted: string): StoredBinding[] {
  const found = all.filter(({ verdict }) => verdict.key === wanted || verdict.key.split('/')[1] === wanted);
  if (found.length > 0) return found;
  const keys = all.map(({ verdict }) => verdict.key as string);
  const nearest = nearestName(wanted, [...keys, ...keys.map((key) => key.split('/')[1] ?? '')]);
  const hint = nearest === undefined ? '`cvmsg get` lists all' : `did you mean "${nearest}"?`;
  throw new CliError(`there is no binding "${wanted}"; ${hint}`);
}
