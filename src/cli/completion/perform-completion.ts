/** `cvmsg completion`: scripts for shells. */
import { nearestName } from '../../api/nearest-name.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput, CommandSpec } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { bashScript } from './bash-script.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

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
