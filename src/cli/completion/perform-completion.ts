/** `cvmsg completion`: scripts for shells. */
import { nearestName } from '../../api/nearest-name.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput, CommandSpec } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type CommandWords, commandWords, type FlagWords, globalWords } from './command-words.ts';

const SCRIPTS: Readonly<Record<string, (commands: readonly CommandSpec[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export async function performCompletion(
  { io, commands }: CommandContext,
  { args }: CommandInput<Record<never, never>>,
): Promise<ExitCode> {
  const shell = args[0] ?? '';
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    const nearest = nearestName(shell, Object.keys(SCRIPTS));
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new CliError(`Expected a shell of ${Object.keys(SCRIPTS).join(', ')}, got "${shell}"${hint}`);
  }
  io.stdout.write(script(commands));
  return EXIT.ok;
}

/** A completion script for bash 4 and newer. */
function bashScript(specs: readonly CommandSpec[]): string {
  const commands = commandWords(specs);
  const globals = globalWords();
  const valued = [...globals, ...commands.flatMap((command) => command.flags)].filter(
    (flag) => flag.takesValue,
  );
  const names = commands.map(({ name }) => name).join(' ');
  return `# bash completion for cvmsg
_cvmsg() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="" word skip=0
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $skip == 1 ]]; then skip=0; continue; fi
    case "$word" in
      ${patterns(valued)}) skip=1 ;;
      -*) ;;
      *) command="$word"; break ;;
    esac
  done
  case "$prev" in
${valueCases(valued)}
  esac
  case "$command" in
    "") COMPREPLY=($(compgen -W "${[names, words(globals)].join(' ')} help --help --version" -- "$cur")) ;;
${commands.map(bashCommandCase).join('\n')}
    help) COMPREPLY=($(compgen -W "${names}" -- "$cur")) ;;
  esac
}
complete -o filenames -F _cvmsg cvmsg
`;
}

function valueCases(valued: readonly FlagWords[]): string {
  const rows = valued.map((flag) => {
    if (flag.choices.length > 0)
      return `    ${patterns([flag])}) ${reply(`-W "${flag.choices.join(' ')}"`)}; return ;;`;
    const generator = flag.files === 'directory' ? '-d' : flag.files === 'file' ? '-f' : '';
    return `    ${patterns([flag])}) ${generator === '' ? 'COMPREPLY=()' : reply(generator)}; return ;;`;
  });
  return [...new Set(rows)].join('\n');
}

function bashCommandCase({ name, flags, argument }: CommandWords): string {
  const options = words(flags);
  const operand =
    typeof argument !== 'string'
      ? reply(`-W "${argument.join(' ')}"`)
      : argument === 'none'
        ? 'COMPREPLY=()'
        : reply(argument === 'directory' ? '-d' : '-f');
  return `    ${name}) if [[ "$cur" == -* ]]; then ${reply(`-W "${options} --help"`)}; else ${operand}; fi ;;`;
}

const reply = (generator: string): string => `COMPREPLY=($(compgen ${generator} -- "$cur"))`;

function words(flags: readonly FlagWords[]): string {
  return flags.map(({ long }) => long).join(' ');
}

function patterns(flags: readonly FlagWords[]): string {
  return [
    ...new Set(flags.flatMap(({ long, short }) => (short === undefined ? [long] : [short, long]))),
  ].join('|');
}

const HELP = "'(-h --help)'{-h,--help}'[print help]'";

/** A completion script for zsh. */
function zshScript(specs: readonly CommandSpec[]): string {
  const commands = commandWords(specs);
  const list = commands.map(({ name, summary }) => `    '${name}:${zshQuoted(summary)}'`).join('\n');
  const globals = globalWords().map(zshFlag);
  return `#compdef cvmsg
# zsh completion for cvmsg
_cvmsg() {
  local -a commands global_flags
  local context state line
  typeset -A opt_args
  commands=(
${list}
    'help:print the help of a command'
  )
  global_flags=(
    ${globals.join('\n    ')}
    ${HELP}
  )
  _arguments -C $global_flags '(-V --version)'{-V,--version}'[print the version]' '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe 'command' commands ;;
    argument)
      case $line[1] in
${commands.map(zshCommandCase).join('\n')}
        help) _describe 'command' commands ;;
      esac ;;
  esac
}
if [ "$funcstack[1]" = "_cvmsg" ]; then _cvmsg "$@"; else compdef _cvmsg cvmsg; fi
`;
}

function zshCommandCase({ name, flags, argument }: CommandWords): string {
  const operand =
    typeof argument !== 'string'
      ? `'1:argument:(${argument.join(' ')})'`
      : argument === 'none'
        ? ''
        : `'*:path:${argument === 'directory' ? '_files -/' : '_files'}'`;
  return `        ${name}) _arguments ${[...flags.map(zshFlag), HELP, operand].filter(Boolean).join(' ')} ;;`;
}

function zshFlag({ long, short, description, takesValue, repeats, choices, files }: FlagWords): string {
  const action =
    choices.length > 0
      ? `(${choices.join(' ')})`
      : files === 'none'
        ? ' '
        : files === 'directory'
          ? '_files -/'
          : '_files';
  const value = takesValue ? `:value:${action}` : '';
  const text = `[${zshQuoted(description)}]${value}'`;
  if (short !== undefined) return `'(${short} ${long})'{${short},${long}}'${text}`;
  return `'${repeats ? '*' : ''}${long}${text}`;
}

/** What has a meaning within a specification in single quotes. */
function zshQuoted(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll(':', '\\:');
}

/** A completion script for fish. */
function fishScript(specs: readonly CommandSpec[]): string {
  const commands = commandWords(specs);
  const lines = [
    '# fish completion for cvmsg',
    'complete -c cvmsg -f',
    ...commands.map(
      ({ name, summary }) =>
        `complete -c cvmsg -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}`,
    ),
    'complete -c cvmsg -s h -l help -d "print help"',
    'complete -c cvmsg -n __fish_use_subcommand -s V -l version -d "print the version"',
    ...globalWords().map((flag) => flagLine(flag, ' -n __fish_use_subcommand')),
    ...commands.flatMap(commandLines),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines({ name, flags, argument }: CommandWords): string[] {
  const condition = ` -n "__fish_seen_subcommand_from ${name}"`;
  const operand =
    typeof argument !== 'string'
      ? [`complete -c cvmsg${condition} -a "${argument.join(' ')}"`]
      : argument === 'none'
        ? []
        : [
            `complete -c cvmsg${condition} ${argument === 'directory' ? '-a "(__fish_complete_directories)"' : '-F'}`,
          ];
  return [...operand, ...flags.map((flag) => flagLine(flag, condition))];
}

function flagLine(
  { long, short, description, takesValue, choices, files }: FlagWords,
  condition: string,
): string {
  const letter = short === undefined ? '' : ` -s ${short.slice(1)}`;
  const values =
    choices.length > 0
      ? ` -x -a "${choices.join(' ')}"`
      : files === 'directory'
        ? ' -x -a "(__fish_complete_directories)"'
        : files === 'file'
          ? ' -r -F'
          : takesValue
            ? ' -x'
            : '';
  return `complete -c cvmsg${condition}${letter} -l ${long.slice(2)}${values} -d ${fishQuoted(description)}`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
