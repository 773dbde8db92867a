/** The commander program, built from the commands as data. */
import { Command, Option } from 'commander';
import { COMMANDS } from './all-commands.ts';
import type { CommandSpec } from './command.ts';
import { EXIT_CODE_HELP, type ExitCode } from './exit-code.ts';
import type { Flag, Flags } from './flags/flag.ts';
import { flagName } from './flags/flag.ts';
import { GLOBAL_FLAGS } from './flags/global-flags.ts';
import { usedGlobalFlags } from './flags/used-flags.ts';
import type { Io } from './io.ts';
import { runCommand } from './run-command.ts';

export interface ProgramOptions {
  readonly io: Io;
  readonly version: string;
  readonly ended: (code: ExitCode) => void;
}

const DESCRIPTION =
  'Keeps the ordered security-group lists of Tencent Cloud CVM instances as declared in YAML. ' +
  'The list on the primary network interface is compared as a sequence, and each write replaces the whole list.';

/** Where there is no terminal. */
const HELP_WIDTH = 100;

const ENVIRONMENT_HELP = `Every flag is also a variable (--state-dir: CVMSG_STATE_DIR; run --source: CVMSG_RUN_SOURCE) and a key of the
--config file (state-dir: …; run: {source: …}). The command line goes before the environment, that before the file.`;

export function buildProgram(options: ProgramOptions): Command {
  const { io, version } = options;
  const program = new Command('cvmsg');
  program
    .description(DESCRIPTION)
    .version(version, '-V, --version', 'print the version')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // What follows `=` in a flag that does not exist may be a secret.
      outputError: (text, write) => write(text.replaceAll(/(--?[\w-]+)=[^'\n]*/g, '$1')),
      getOutHelpWidth: () => Math.min(io.stdout.columns ?? HELP_WIDTH, 120),
      getErrHelpWidth: () => Math.min(io.stderr.columns ?? HELP_WIDTH, 120),
    })
    .showSuggestionAfterError(true)
    .exitOverride()
    .helpCommand('help [command]', 'print the help of a command')
    .helpOption('-h, --help', 'print this help');
  addFlags(program, GLOBAL_FLAGS);
  program.addHelpText('after', `\n${ENVIRONMENT_HELP}\n\n${EXIT_CODE_HELP}`);
  for (const spec of COMMANDS) program.addCommand(buildCommand(program, spec, options));
  program.showHelpAfterError('Run `cvmsg --help` for the commands and flags.');
  return program;
}

function buildCommand(program: Command, spec: CommandSpec, options: ProgramOptions): Command {
  const command = new Command(spec.name);
  command.copyInheritedSettings(program);
  command.summary(spec.summary).description(spec.description.replaceAll('\n', ' '));
  command.helpOption('-h, --help', 'print this help');
  for (const { syntax, description } of spec.args) command.argument(syntax, description);
  addFlags(command, spec.flags);
  const examples = spec.examples.map(([line, purpose]) => `  # ${purpose}\n  ${line}`).join('\n');
  const more = spec.more === undefined ? '' : `\n\n${spec.more}`;
  command.addHelpText(
    'after',
    () => `\nExamples:\n${examples}${more}\n\n${globalFlagsHelp(command, spec)}\n\n${EXIT_CODE_HELP}`,
  );
  command.showHelpAfterError(`Run \`cvmsg ${spec.name} --help\` for its flags.`);
  command.action(async (...received: unknown[]) => {
    const args = received
      .slice(0, spec.args.length)
      .flat()
      .filter((one) => typeof one === 'string');
    const given = {
      global: givenTexts(program, GLOBAL_FLAGS),
      own: givenTexts(command, spec.flags),
    };
    options.ended(await runCommand(spec, { ...options, args, given }));
  });
  return command;
}

/** The flags of all commands that this one uses, as commander tells its own. */
function globalFlagsHelp(command: Command, spec: CommandSpec): string {
  const help = command.createHelp();
  help.prepareContext({ helpWidth: command.configureOutput().getOutHelpWidth?.() ?? HELP_WIDTH });
  const options = Object.entries(usedGlobalFlags(spec)).map(([key, flag]) => buildOption(key, flag));
  const width = Math.max(help.padWidth(command, help), ...options.map(({ flags }) => flags.length));
  const lines = options.map((option) =>
    help.formatItem(help.optionTerm(option), width, help.optionDescription(option), help),
  );
  return `Flags of all commands:\n${lines.join('\n')}`;
}

function addFlags(command: Command, flags: Flags): void {
  for (const [key, flag] of Object.entries(flags)) command.addOption(buildOption(key, flag));
}

function buildOption(key: string, flag: Flag<unknown>): Option {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const value = flag.kind === 'switch' ? '' : ` <${flag.value}>`;
  const byDefault = flag.defaultText === '' ? '' : ` (default: ${flag.defaultText})`;
  const option = new Option(`${short}--${flagName(key)}${value}`, flag.description + byDefault);
  if (flag.kind === 'switch') return option;
  return option.argParser<string[]>((text, before) => [...(Array.isArray(before) ? before : []), text]);
}

/** What stood on the command line, by flag key, as texts. */
function givenTexts(command: Command, flags: Flags): Map<string, readonly string[]> {
  const given = new Map<string, readonly string[]>();
  for (const [key, flag] of Object.entries(flags)) {
    // Commander stores `--no-color` as `color: false`.
    const attribute = /^no[A-Z]/.test(key) && flag.kind === 'switch' ? lowerFirst(key.slice(2)) : key;
    if (command.getOptionValueSource(attribute) !== 'cli') continue;
    const value: unknown = command.getOptionValue(attribute);
    given.set(key, Array.isArray(value) ? value : ['true']);
  }
  return given;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
