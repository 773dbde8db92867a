/** A request to reconcile for the controller that keeps a state directory. */

import { isMeantBy } from '../../api/ids.ts';
import { storedBindings } from '../../manager/stored-state.ts';
import { leaveRequest } from '../../store/sqlite/request-box.ts';
import { currentWriter } from '../../store/sqlite/writer-lock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { commandLine } from '../output/command-line.ts';
import { openStateForReading, stateDirectory } from '../wiring/state-directory.ts';
import type { PlacedRequest, RequestOptions } from './placed-request.ts';

/** @throws CliError when no controller runs there, or knows no such binding. */
export async function requestInDirectory(
  context: CommandContext,
  { name, namespace = 'default', requestedAt }: RequestOptions,
): Promise<PlacedRequest> {
  const directory = stateDirectory(context);
  if (currentWriter(directory) === undefined) {
    throw new CliError(
      `no controller keeps "${directory}": name its --state-dir, or --kubernetes for an object of a cluster`,
    );
  }
  const file = openStateForReading(context);
  const wanted = `${namespace}/${name}`;
  const find = () =>
    storedBindings(file, (body) => body.includes(name)).find(({ status }) => isMeantBy(wanted, status.key));
  const binding = find()?.status.key;
  if (binding === undefined) {
    file.close();
    throw new CliError(
      `"${wanted}" is not known in "${directory}": \`${commandLine(context, 'get')}\` lists the bindings`,
    );
  }
  leaveRequest(directory, { binding, requestedAt });
  return {
    binding,
    handled: async () => find()?.status.lastHandledReconcileAt,
    [Symbol.asyncDispose]: async () => file.close(),
  };
}
