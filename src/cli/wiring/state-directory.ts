/** Where the state is kept, and who keeps it. */
import { homedir, hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock } from '../../runtime/clock.ts';
import { StateError } from '../../store/sqlite/state-error.ts';
import { openForReading, openForWriting, type StateFile } from '../../store/sqlite/state-file.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';

/** `--state-dir`, or `cvmsg` in the XDG state home. */
export function stateDirectory({ globals, io }: Pick<CommandContext, 'globals' | 'io'>): string {
  if (globals.stateDir !== undefined) return resolve(globals.stateDir);
  const home = io.env.XDG_STATE_HOME;
  return join(home !== undefined && home !== '' ? home : join(homedir(), '.local', 'state'), 'cvmsg');
}

/** Who writes: program, command, user, host and process. */
export function actor({ version, command }: Pick<CommandContext, 'version' | 'command'>): string {
  return `cvmsg ${version} ${command}, ${userAtHost()}, process ${process.pid}`;
}

/** The person behind the command, as `user@host`. */
export function userAtHost(): string {
  return `${userName()}@${hostname()}`;
}

/** @throws StateError `held` when another process writes it, and for a folder that cannot be used. */
export function openState(context: CommandContext): StateFile {
  return openForWriting(stateDirectory(context), { owner: actor(context), clock: systemClock });
}

/** @throws StateError `absent` when nothing was ever kept there. */
export function openStateForReading(context: CommandContext): StateFile {
  return openForReading(stateDirectory(context));
}

/**
 * The state for a command that could as well look at a cluster.
 * @throws CliError when nothing was ever kept there, which says how to look at a cluster; StateError as {@link openStateForReading}.
 */
export function openStateOrCluster(context: CommandContext): StateFile {
  try {
    return openStateForReading(context);
  } catch (error) {
    if (!(error instanceof StateError) || error.code !== 'absent') throw error;
    throw new CliError(
      `${error.message}; a controller over a cluster keeps its state in the objects: say --kubernetes to read those`,
    );
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
