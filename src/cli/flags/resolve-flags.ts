/** Finds the value of each flag: command line before environment before config file before default. */
import { CliError } from '../cli-error.ts';
import type { ConfigEntries } from './config-file.ts';
import { type Flag, type Flags, FlagValueError, type FlagValues, flagName } from './flag.ts';

export interface FlagSources {
  /** Texts that were given on the command line, by flag key. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: ConfigEntries;
  /** The command whose flags these are; absent for the flags of all commands. */
  readonly command?: string;
}

/** The environment variable of a flag: `CVMSG_STATE_DIR`, or `CVMSG_RUN_SOURCE` for one of a command. */
export function environmentName(key: string, command?: string): string {
  const name = command === undefined ? flagName(key) : `${command}-${flagName(key)}`;
  return `CVMSG_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** @throws CliError that names the flag, variable or place of the first value that is not valid. */
export function resolveFlags<F extends Flags>(flags: F, sources: FlagSources): FlagValues<F> {
  const values = Object.entries(flags).map(([key, flag]) => [key, resolveFlag(key, flag, sources)]);
  return Object.fromEntries(values) as FlagValues<F>;
}

function resolveFlag(key: string, flag: Flag<unknown>, sources: FlagSources): unknown {
  const name = flagName(key);
  const given = sources.given.get(key);
  if (given !== undefined) return read(flag, given, `--${name}`);
  const variable = environmentName(key, sources.command);
  const fromEnv = sources.env[variable];
  if (fromEnv !== undefined && fromEnv !== '') return read(flag, [fromEnv], variable);
  const entry = sources.config.get(sources.command === undefined ? name : `${sources.command}.${name}`);
  if (entry !== undefined) return read(flag, entry.texts, `${entry.place}: ${name}`);
  return flag.fallback;
}

function read(flag: Flag<unknown>, texts: readonly string[], origin: string): unknown {
  try {
    return flag.read(texts);
  } catch (error) {
    if (error instanceof FlagValueError) throw new CliError(`${origin}: ${error.message}`);
    throw error;
  }
}
