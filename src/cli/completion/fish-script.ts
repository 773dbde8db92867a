import type { CommandSpec } from '../command.ts';
import { type CommandWords, commandWords, type FlagWords, globalWords } from './command-words.ts';

/** A completion script for fish. */
export function fishScript(specs: readonly CommandSpec[]): string {
  const commands = commandWords(specs);
  const lines = [
    '# fish completion for cvmsg',
    'complete -c cvmsg -f',
    ...commands.map(
      ({ name, summary }) => `complete -c cvmsg -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
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
  return `complete -c cvmsg${condition}${letter} -l ${long.slice(2)}${values} -d ${quoted(description)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
