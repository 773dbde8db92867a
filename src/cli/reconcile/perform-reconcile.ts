/** `cvmsg reconcile`: asks for one binding to be read and repaired now. */
import { isMeantBy } from '../../api/ids.ts';
import { RECONCILE_ANNOTATION } from '../../api/reconcile-request.ts';
import { bindingPath } from '../../api/resource.ts';
import { instantMs, isInstant } from '../../api/spec-time.ts';
import { KubeConnection } from '../../kubernetes/client/kube-connection.ts';
import { KubeError } from '../../kubernetes/client/kube-error.ts';
import { storedBindings } from '../../manager/stored-state.ts';
import { systemClock } from '../../runtime/clock.ts';
import { leaveRequest } from '../../store/sqlite/request-box.ts';
import { currentWriter } from '../../store/sqlite/writer-lock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { asksCluster } from '../flags/cluster-flags.ts';
import { commandLine } from '../output/command-line.ts';
import { openStateForReading, stateDirectory } from '../wiring/state-directory.ts';

const POLL_MS = 250;

export async function performReconcile(
  context: CommandContext,
  { args, flags }: { readonly args: readonly string[]; readonly flags: ReconcileFlags },
): Promise<ExitCode> {
  const requestedAt = new Date(systemClock.wall()).toISOString();
  const options = { ...nameOf(args[0] ?? '', flags.namespace), requestedAt };
  const inCluster = asksCluster(flags);
  await using request = inCluster
    ? await requestInCluster(flags, options)
    : await requestInDirectory(context, options);
  if (request.trustProblem !== undefined) context.io.stderr.write(`warning: ${request.trustProblem}\n`);
  context.io.stdout.write(`${request.binding}: asked at ${requestedAt}\n`);
  if (!flags.wait) return EXIT.ok;
  const untilMs = systemClock.now() + flags.timeout;
  while (!isAnswered(await request.handled(), requestedAt)) {
    if (systemClock.now() >= untilMs) {
      throw new CliError(
        `${request.binding} was not handled in time: is the controller running, and can it read the instances? \`cvmsg get\` or \`kubectl describe\` say how it stands`,
      );
    }
    await systemClock.sleep(POLL_MS);
  }
  context.io.stdout.write(`${request.binding}: handled\n`);
  return EXIT.ok;
}

/** A later request stands for the earlier ones: of several within 10 s the newest is taken. */
function isAnswered(handled: string | undefined, requestedAt: string): boolean {
  if (handled === undefined || handled === requestedAt) return handled === requestedAt;
  return isInstant(handled) && instantMs(handled) > instantMs(requestedAt);
}

function nameOf(text: string, namespace: string | undefined): Pick<RequestOptions, 'name' | 'namespace'> {
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  const given = slash < 0 ? undefined : text.slice(0, slash);
  if (name === '' || given === '') {
    throw new CliError(`Expected the name of a binding such as web or shop/web, got "${text}"`);
  }
  if (given !== undefined && namespace !== undefined && given !== namespace) {
    throw new CliError(`Expected one namespace, got "${given}" and "${namespace}"`);
  }
  return { name, namespace: given ?? namespace };
}

// A request to reconcile as an annotation of the object.

interface Handled {
  readonly status?: { readonly lastHandledReconcileAt?: string };
}

/** @throws CliError when there is no such object, KubeError for every other failure. */
async function requestInCluster(
  { kubeconfig, context }: Pick<ReconcileFlags, 'kubeconfig' | 'context'>,
  { name, namespace, requestedAt }: RequestOptions,
): Promise<PlacedRequest> {
  const connection = await KubeConnection.load({ clock: systemClock, kubeconfig, context });
  const inNamespace = namespace ?? connection.namespace;
  const binding = `${inNamespace}/${name}`;
  const path = bindingPath({ namespace: inNamespace, name });
  const { signal } = new AbortController();
  const body = { metadata: { annotations: { [RECONCILE_ANNOTATION]: requestedAt } } };
  try {
    await connection.json(
      { method: 'PATCH', path, contentType: 'application/merge-patch+json', body },
      signal,
    );
  } catch (error) {
    await connection.close();
    if (!(error instanceof KubeError) || error.status !== 404) throw error;
    const message = `there is no CvmSecurityGroupBinding "${binding}" at ${connection.server}: \`kubectl get csgb -A\` lists them`;
    throw new CliError(message);
  }
  return {
    binding,
    trustProblem: connection.trustProblem,
    handled: async () =>
      (await connection.json<Handled>({ method: 'GET', path }, signal)).status?.lastHandledReconcileAt,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

// A request to reconcile for the controller that keeps a state directory.

/** @throws CliError when no controller runs there, or knows no such binding. */
async function requestInDirectory(
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

/** A request to reconcile as the two ways of making one agree on it. */
interface ReconcileFlags {
  readonly namespace: string | undefined;
  readonly kubernetes: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly wait: boolean;
  readonly timeout: number;
}

/** A request that was made. */
interface PlacedRequest extends AsyncDisposable {
  /** `namespace/name`. */
  readonly binding: string;
  /** Why the way that it went cannot be trusted. */
  readonly trustProblem?: string | undefined;
  /** The request that was handled last. */
  handled(): Promise<string | undefined>;
}

interface RequestOptions {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly requestedAt: string;
}
