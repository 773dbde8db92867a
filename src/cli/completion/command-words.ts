/** What a shell needs to know of the command line. */
import type { CommandArgument, CommandSpec } from '../command.ts';
import { type Flag, type Flags, flagName } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/global-flags.ts';
import { usedGlobalFlags } from '../flags/used-flags.ts';

export interface FlagWords {
  /** `--state-dir` */
  readonly long: string;
  /** `-o` */
  readonly short?: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly repeats: boolean;
  readonly choices: readonly string[];
  readonly files: 'file' | 'directory' | 'none';
}

export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  /** Its own, and those of all commands that it uses. */
  readonly flags: readonly FlagWords[];
  readonly argument: CommandArgument['completion'];
}

export function globalWords(): FlagWords[] {
  return flagWords(GLOBAL_FLAGS);
}

export function commandWords(commands: readonly CommandSpec[]): CommandWords[] {
  return commands.map((spec) => ({
    name: spec.name,
    summary: spec.summary,
    flags: flagWords({ ...(spec.flags as Flags), ...usedGlobalFlags(spec) }),
    argument: spec.args[0]?.completion ?? 'none',
  }));
}

function flagWords(flags: Flags): FlagWords[] {
  return Object.entries(flags).map(([key, flag]: [string, Flag<unknown>]) => ({
    long: `--${flagName(key)}`,
    ...(flag.short === undefined ? {} : { short: `-${flag.short}` }),
    description: flag.description,
    takesValue: flag.kind !== 'switch',
    repeats: flag.kind === 'list',
    choices: flag.choices ?? [],
    files: flag.completion,
  }));
}
