/** A request to reconcile for the controller that keeps a state directory. */
import { leaveRequest } from '../../state/request-box.ts';
import { currentWriter } from '../../state/writer-lock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../commands/command.ts';
import { openStateForReading, stateDirectory } from '../wiring/state-directory.ts';
import { storedBindings } from '../wiring/stored-state.ts';
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
    storedBindings(file, (body) => body.includes(name)).find(
      // Beside a cluster the keys of a directory begin with the word that tells them apart.
      ({ verdict }) => verdict.key === wanted || verdict.key === `git:${wanted}`,
    );
  const binding = find()?.verdict.key;
  if (binding === undefined) {
    file.close();
    throw new CliError(`"${wanted}" is not known in "${directory}": \`cvmsg get\` lists the bindings`);
  }
  leaveRequest(directory, { binding, requestedAt });
  return {
    binding,
    handled: async () => find()?.verdict.lastHandledReconcileAt,
    [Symbol.asyncDispose]: async () => file.close(),
  };
}
