/** `cvmsg import`: bindings from what another tool knows. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { messageOf } from '../../api/message-of.ts';
import { count, someOf } from '../../core/text/words.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { deliver } from '../export/deliver.ts';
import { groupByList } from '../export/group-by-list.ts';
import type { Flag } from '../flags/flag.ts';
import { refuseFile } from '../wiring/source-directory.ts';
import { locateProblem, locateValue, pathText } from './json-location.ts';
import {
  INSTANCE_SET,
  type OtherSetter,
  readState,
  type StateProblem,
  type StateReading,
} from './terraform-state.ts';

type ImportFlags = {
  readonly from: Flag<'terraform-state' | undefined>;
  readonly out: Flag<string | undefined>;
  readonly namespace: Flag<string | undefined>;
  readonly skipUnordered: Flag<boolean>;
};

const NAMED_INSTANCES = 20;
const SHOWN_PROBLEMS = 20;

export async function performImport(
  context: CommandContext,
  { args, flags }: CommandInput<ImportFlags>,
): Promise<ExitCode> {
  const { io } = context;
  if (flags.from === undefined) throw new CliError('--from: say what the file is: --from terraform-state');
  if (flags.out !== undefined) refuseFile(flags.out, '--out');
  const [path = '-'] = args;
  const file = path === '-' ? '<stdin>' : path;
  const text = readText(path, file);
  const reading = readState(parse(text, file));
  const passed = (problem: StateProblem) => problem.kind === 'unordered' && flags.skipUnordered;
  const refused = reading.problems.filter((problem) => !passed(problem));
  const skipped = reading.problems.filter(passed);
  if (refused.length > 0) {
    for (const problem of refused.slice(0, SHOWN_PROBLEMS)) {
      io.stderr.write(`${problemText(problem, { text, file })}\n`);
    }
    const more = refused.length - SHOWN_PROBLEMS;
    if (more > 0) io.stderr.write(`and ${count(more, 'problem')} more\n`);
    io.stderr.write(`error: ${refusal(refused, file)}\n`);
    return EXIT.error;
  }
  if (reading.found.length + reading.groupless.length + skipped.length === 0) {
    warnOfOthers(context, reading.others);
    throw new CliError(`"${file}" holds no tencentcloud_instance; nothing was written`);
  }
  await deliver(context, {
    bindings: groupByList(reading.found),
    namespace: flags.namespace,
    origin: `import --from terraform-state ${originOf(reading, file)}`,
    out: flags.out,
    facts: {
      from: flags.from,
      undeclarable: reading.groupless,
      tainted: reading.tainted,
      otherSetters: reading.others,
      skipped: skipped.map(({ instanceId, address }) => ({ instanceId, address })),
    },
  });
  warn(context, reading, skipped);
  return EXIT.ok;
}

function readText(path: string, file: string): string {
  try {
    return decode(readFileSync(path === '-' ? 0 : path));
  } catch (error) {
    throw new CliError(`"${file}" cannot be read: ${messageOf(error)}`);
  }
}

/** PowerShell writes what it redirects as UTF-16. Without a mark the zero beside the first letter tells it. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isLittle = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  const isBig = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  return new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8').decode(bytes);
}

/** @throws CliError that shows nothing of the text. */
function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const place = locateProblem(text);
    const where = place === undefined ? file : `${file}:${place.line}:${place.column}`;
    throw new CliError(
      `${where}: this is no valid JSON; give a Terraform state, as \`terraform state pull\` prints it. Nothing was written`,
    );
  }
}

function problemText(
  { path, message, address }: StateProblem,
  { text, file }: { readonly text: string; readonly file: string },
): string {
  const { line, column } = locateValue(text, path);
  return `${file}:${line}:${column}: error: ${pathText(path)}: ${message}${address === '' ? '' : ` (${address})`}`;
}

function refusal(refused: readonly StateProblem[], file: string): string {
  const unordered = refused.filter(({ kind }) => kind === 'unordered').length;
  const what = `${count(refused.length, 'problem')} in "${file}"; nothing was written`;
  if (unordered === 0) return what;
  return (
    `${what}. The order of ${count(unordered, 'instance')} is not in this state: ` +
    'refresh it with a provider that knows orderly_security_groups, take these from the cloud by `cvmsg export`, or leave them out by --skip-unordered'
  );
}

/** Tells states apart wherever they are kept, without showing what they hold. */
function originOf({ lineage }: StateReading, file: string): string {
  if (lineage === undefined || lineage === '') return JSON.stringify(basename(file));
  return `(lineage ${createHash('sha256').update(lineage).digest('hex').slice(0, 12)})`;
}

function warn(context: CommandContext, reading: StateReading, skipped: readonly StateProblem[]): void {
  const { io } = context;
  if (reading.groupless.length > 0) {
    io.stderr.write(
      `warning: left out, since a binding needs at least one group: ${count(reading.groupless.length, 'instance')} without any: ` +
        `${someOf(reading.groupless, NAMED_INSTANCES)}\n`,
    );
  }
  if (skipped.length > 0) {
    const names = skipped.map(({ instanceId, address }) => `${instanceId} (${address})`);
    io.stderr.write(
      `warning: left out, since their order is unknown: ${someOf(names, NAMED_INSTANCES)}; take them from the cloud by \`cvmsg export\`\n`,
    );
  }
  if (reading.tainted.length > 0) {
    const names = reading.tainted.map(({ instanceId, address }) => `${instanceId} (${address})`);
    io.stderr.write(
      `warning: tainted, so the next \`terraform apply\` makes another instance with another id in its place: ${someOf(names, NAMED_INSTANCES)}\n`,
    );
  }
  warnOfOthers(context, reading.others);
}

function warnOfOthers({ io }: CommandContext, others: readonly OtherSetter[]): void {
  if (others.length === 0) return;
  const names = others.map(({ address, instanceIds }) =>
    instanceIds.length === 0 ? address : `${address} (${someOf(instanceIds, NAMED_INSTANCES)})`,
  );
  const sets = others.some(({ type }) => type === INSTANCE_SET)
    ? `; instances of a ${INSTANCE_SET} are not written, since it tells no order: take them from the cloud by \`cvmsg export\``
    : '';
  io.stderr.write(
    `warning: these set groups too, so take them out of Terraform before cvmsg keeps their instances: ${someOf(names, NAMED_INSTANCES)}${sets}\n`,
  );
}
