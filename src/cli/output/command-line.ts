/** Command lines in hints: they work as they are printed. */

import { shellWord } from '../../core/text/shell-word.ts';
import type { CommandContext } from '../command.ts';
import { type Flag, flagName } from '../flags/flag.ts';
import { usedGlobalFlags } from '../flags/used-flags.ts';

/**
 * `cvmsg NAME WORDS…`, with those flags of all commands that this command line had and that one takes as well: what it
 * finds must not depend on another state, policy or cloud.
 */
export function commandLine(
  { given, commands }: Pick<CommandContext, 'given' | 'commands'>,
  name: string,
  ...words: readonly string[]
): string {
  const spec = commands.find((one) => one.name === name);
  const used = spec === undefined ? {} : usedGlobalFlags(spec);
  const repeated = Object.entries(used).flatMap(([key, flag]) => {
    const texts = given.get(key);
    return texts === undefined || key === 'output' ? [] : flagWords(key, flag, texts);
  });
  return ['cvmsg', name, ...words.map(shellWord), ...repeated].join(' ');
}

function flagWords(key: string, { kind }: Flag<unknown>, texts: readonly string[]): string[] {
  const name = `--${flagName(key)}`;
  return kind === 'switch' ? [name] : texts.flatMap((text) => [name, shellWord(text)]);
}
