/** Settles the flags of one command, loads what it does, and does it. */

import { nearestName } from '../api/nearest-name.ts';
import { COMMANDS } from './all-commands.ts';
import { CliError } from './cli-error.ts';
import type { CommandContext, CommandSpec } from './command.ts';
import type { ExitCode } from './exit-code.ts';
import { asksCluster, type ClusterFlags } from './flags/cluster-flags.ts';
import type { ConfigFile, KnownFlags } from './flags/config-file.ts';
import { flagName } from './flags/flag.ts';
import { GLOBAL_FLAGS } from './flags/global-flags.ts';
import { environmentName, resolveFlags } from './flags/resolve-flags.ts';
import { globalFlagsOf, refuseUnusedGlobals } from './flags/used-flags.ts';
import type { Io } from './io.ts';
import { paletteFor } from './output/palette.ts';

type Texts = ReadonlyMap<string, readonly string[]>;

export interface Invocation {
  readonly io: Io;
  readonly version: string;
  readonly args: readonly string[];
  /** What stood on the command line. */
  readonly given: { readonly global: Texts; readonly own: Texts };
}

/** @throws CliError for an argument, flag, variable or config file that is not valid. */
export async function runCommand(spec: CommandSpec, invocation: Invocation): Promise<ExitCode> {
  const { io, given, version, args } = invocation;
  refuseEmpty(spec, args);
  const { entries: config, notify } = await loadConfig(invocation);
  const { env } = io;
  for (const warning of mistypedVariables(env, knownVariables())) io.stderr.write(`warning: ${warning}\n`);
  const globals = resolveFlags(globalFlagsOf(spec), { given: given.global, env, config });
  const flags = resolveFlags(spec.flags, { given: given.own, env, config, command: spec.name });
  refuseUnusedGlobals(spec, given.global);
  refuseMissing(spec, args, flags);
  const palette = paletteFor(io.stdout, io, globals);
  const context: CommandContext = {
    command: spec.name,
    version,
    io,
    globals,
    given: given.global,
    commands: COMMANDS,
    palette,
    notify,
  };
  const perform = await spec.load();
  return perform(context, { args, flags });
}

/** A variable of the shell that is not set must not pass for the present directory, or for all of something. */
function refuseEmpty(spec: CommandSpec, args: readonly string[]): void {
  const index = args.indexOf('');
  if (index < 0) return;
  const { syntax = '', clusterOnlyWithout } = spec.args[Math.min(index, spec.args.length - 1)] ?? {};
  const name = clusterOnlyWithout === undefined ? syntax : `<${nameOf(syntax)}>`;
  throw new CliError(`${name}: Expected a value, got nothing`);
}

/** @throws CliError for an argument that has to be there unless a cluster is asked. */
function refuseMissing(spec: CommandSpec, args: readonly string[], flags: object): void {
  if (asksCluster(flags as ClusterFlags)) return;
  const missing = spec.args.find((one, index) => one.clusterOnlyWithout && args[index] === undefined);
  if (missing === undefined) return;
  throw new CliError(
    `missing required argument '${nameOf(missing.syntax)}': ${missing.description}; or say --kubernetes for the objects of a cluster`,
  );
}

function nameOf(syntax: string): string {
  return syntax.replaceAll(/[<>[\]]/g, '');
}

async function loadConfig({ given, io }: Invocation): Promise<ConfigFile> {
  const file = given.global.get('config')?.at(-1) ?? io.env[environmentName('config')] ?? '';
  if (file === '') return { entries: new Map() };
  const { readConfigFile } = await import('./flags/config-file.ts');
  return readConfigFile(file, knownFlags());
}

function knownFlags(): KnownFlags {
  const names = (flags: object): string[] => Object.keys(flags).map(flagName);
  return {
    global: names(GLOBAL_FLAGS).filter((name) => name !== 'config'),
    commands: new Map(COMMANDS.map((spec) => [spec.name, names(spec.flags)])),
  };
}

function knownVariables(): string[] {
  const own = COMMANDS.flatMap((spec) =>
    Object.keys(spec.flags).map((key) => environmentName(key, spec.name)),
  );
  return [...Object.keys(GLOBAL_FLAGS).map((key) => environmentName(key)), ...own];
}

const PREFIX = 'CVMSG_';

/** A warning for each variable that is not known and near to one that is. */
export function mistypedVariables(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): string[] {
  const names = new Set(known);
  const ends = known.map((name) => name.slice(PREFIX.length));
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith(PREFIX) || names.has(name)) return [];
    const nearest = nearestName(name.slice(PREFIX.length), ends);
    return nearest === undefined
      ? []
      : [`${name} means nothing to cvmsg and is ignored; did you mean ${PREFIX}${nearest}?`];
  });
}
