/** `cvmsg reconcile`: asks for one binding to be read and repaired now. */
import { instantMs, isInstant } from '../../api/spec-time.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { asksCluster } from '../flags/cluster-flags.ts';
import type { ReconcileFlags, RequestOptions } from './placed-request.ts';
import { requestInCluster } from './request-in-cluster.ts';
import { requestInDirectory } from './request-in-directory.ts';

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
