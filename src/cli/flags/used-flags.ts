/** Which of the flags that stand for all commands one of them uses. */
import { nearestName } from '../../api/nearest-name.ts';
import { CliError } from '../cli-error.ts';
import type { CommandSpec } from '../command.ts';
import { type Flag, type Flags, FlagValueError, flagName } from './flag.ts';
import { FLAG_GROUPS, GLOBAL_FLAGS, type GlobalFlagName, type OutputFormat } from './global-flags.ts';

/** The forms of results that a command has, and nothing else. */
function outputFlag({ name, outputs }: CommandSpec): Flag<OutputFormat> {
  const forms = outputs.join(', ');
  return {
    ...GLOBAL_FLAGS.output,
    description: 'form of the result',
    value: outputs.join('|'),
    choices: outputs,
    read(texts) {
      const given = texts.at(-1) ?? '';
      const found = outputs.find((one) => one === given);
      if (found !== undefined) return found;
      const nearest = nearestName(given, outputs);
      const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
      throw new FlagValueError(`\`cvmsg ${name}\` writes ${forms}, got "${given}"${hint}`);
    },
  };
}

/** The flags of all commands as one of them takes them: all are settled, those that it does not use by their defaults. */
export function globalFlagsOf(spec: CommandSpec): typeof GLOBAL_FLAGS {
  return { ...GLOBAL_FLAGS, output: outputFlag(spec) } as typeof GLOBAL_FLAGS;
}

/** Those of them that the command uses, in their order. */
export function usedGlobalFlags(spec: CommandSpec): Flags {
  const used = usedNames(spec);
  return Object.fromEntries(Object.entries(globalFlagsOf(spec)).filter(([key]) => used.has(key)));
}

/** @throws CliError for a flag on the command line that would say nothing; variables and config files are for all commands. */
export function refuseUnusedGlobals(spec: CommandSpec, given: ReadonlyMap<string, unknown>): void {
  const used = usedNames(spec);
  for (const key of given.keys()) {
    if (used.has(key) || key === 'output') continue;
    throw new CliError(
      `--${flagName(key)}: \`cvmsg ${spec.name}\` does not use it; leave it out (\`cvmsg ${spec.name} --help\` shows what it uses)`,
    );
  }
}

function usedNames({ uses, outputs }: CommandSpec): ReadonlySet<string> {
  const grouped = uses.flatMap((group): readonly GlobalFlagName[] => FLAG_GROUPS[group]);
  return new Set<string>([...(outputs.length > 1 ? ['output'] : []), 'config', 'noColor', ...grouped]);
}
