import type { CommandSpec } from '../command.ts';
import { type CommandWords, commandWords, type FlagWords, globalWords } from './command-words.ts';

/** A completion script for bash 4 and newer. */
export function bashScript(specs: readonly CommandSpec[]): string {
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
${commands.map(commandCase).join('\n')}
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

function commandCase({ name, flags, argument }: CommandWords): string {
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
