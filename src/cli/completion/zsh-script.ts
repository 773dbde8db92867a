import type { CommandSpec } from '../command.ts';
import { type CommandWords, commandWords, type FlagWords, globalWords } from './command-words.ts';

const HELP = "'(-h --help)'{-h,--help}'[print help]'";

/** A completion script for zsh. */
export function zshScript(specs: readonly CommandSpec[]): string {
  const commands = commandWords(specs);
  const list = commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`).join('\n');
  const globals = globalWords().map(specification);
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
${commands.map(commandCase).join('\n')}
        help) _describe 'command' commands ;;
      esac ;;
  esac
}
if [ "$funcstack[1]" = "_cvmsg" ]; then _cvmsg "$@"; else compdef _cvmsg cvmsg; fi
`;
}

function commandCase({ name, flags, argument }: CommandWords): string {
  const operand =
    typeof argument !== 'string'
      ? `'1:argument:(${argument.join(' ')})'`
      : argument === 'none'
        ? ''
        : `'*:path:${argument === 'directory' ? '_files -/' : '_files'}'`;
  return `        ${name}) _arguments ${[...flags.map(specification), HELP, operand].filter(Boolean).join(' ')} ;;`;
}

function specification({ long, short, description, takesValue, repeats, choices, files }: FlagWords): string {
  const action =
    choices.length > 0
      ? `(${choices.join(' ')})`
      : files === 'none'
        ? ' '
        : files === 'directory'
          ? '_files -/'
          : '_files';
  const value = takesValue ? `:value:${action}` : '';
  const text = `[${quoted(description)}]${value}'`;
  if (short !== undefined) return `'(${short} ${long})'{${short},${long}}'${text}`;
  return `'${repeats ? '*' : ''}${long}${text}`;
}

/** What has a meaning within a specification in single quotes. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll(':', '\\:');
}
