/** `cvmsg approve`: shows the plans that wait, or lets one of them pass. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  APPROVAL_ANNOTATION,
  type Approval,
  annotationText,
  isApproverName,
  isPlanDigest,
  LONGEST_REASON,
} from '../../api/approval.ts';
import { type BindingKey, partsOf } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { quote } from '../../api/problem.ts';
import { bindingPath } from '../../api/resource.ts';
import { type PendingPlan, pendingPlans, type Reported } from '../../core/pending-plans.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import { count, shortDigest, someOf } from '../../core/text/words.ts';
import { APPROVAL_KIND } from '../../documents/approval-document.ts';
import { KubeConnection } from '../../kubernetes/client/kube-connection.ts';
import { storedBindings, storedSource } from '../../manager/stored-state.ts';
import { systemClock } from '../../runtime/clock.ts';
import { findBelow, writeFileBelow } from '../../runtime/file-draft.ts';
import { StateError } from '../../store/sqlite/state-error.ts';
import { CliError } from '../cli-error.ts';
import { listObjects } from '../cluster/list-objects.ts';
import type { CommandContext, CommandInput } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { asksCluster, refuseNamespaceAlone } from '../flags/cluster-flags.ts';
import type { Flag } from '../flags/flag.ts';
import { DIGEST_SYNTAX, meansDigest, readDigest } from '../flags/plan-digest.ts';
import { commandLine } from '../output/command-line.ts';
import { structured } from '../output/structured.ts';
import { table } from '../output/table.ts';
import { loadPolicy } from '../wiring/policy.ts';
import { refuseFile } from '../wiring/source-directory.ts';
import { openStateForReading, userAtHost } from '../wiring/state-directory.ts';

type ApproveFlags = {
  readonly source: Flag<string | undefined>;
  readonly kubernetes: Flag<boolean>;
  readonly namespace: Flag<string | undefined>;
  readonly kubeconfig: Flag<string | undefined>;
  readonly context: Flag<string | undefined>;
  readonly by: Flag<string | undefined>;
  readonly reason: Flag<string | undefined>;
};

export async function performApprove(
  context: CommandContext,
  { args, flags }: CommandInput<ApproveFlags>,
): Promise<ExitCode> {
  const [text] = args;
  const wanted = text === undefined ? undefined : readDigest(text);
  if (text !== undefined && wanted === undefined) {
    throw new CliError(
      `Expected the digest of a plan, ${DIGEST_SYNTAX}, got "${text}"; \`${commandLine(context, 'approve')}\` alone lists what waits`,
    );
  }
  refuseNamespaceAlone(flags);
  const inCluster = asksCluster(flags);
  await using objects = inCluster ? await ClusterObjects.open(flags) : undefined;
  if (objects?.trustProblem !== undefined) context.io.stderr.write(`warning: ${objects.trustProblem}\n`);
  const plans = pendingPlans(objects === undefined ? reportedByState(context) : await objects.reported());
  if (wanted === undefined) return await list(context, plans, inCluster);
  const digest = wholeDigest(wanted, plans);
  const { reason = '' } = flags;
  if (reason.length > LONGEST_REASON) {
    throw new CliError(`--reason: Expected at most ${LONGEST_REASON} characters, got ${reason.length}`);
  }
  if (objects !== undefined && flags.by !== undefined) {
    context.io.stderr.write(
      'warning: --by is not used: an object is approved under the name that the API server knows you by\n',
    );
  }
  const by = (await objects?.user()) ?? flags.by ?? userAtHost();
  if (!isApproverName(by)) {
    throw new CliError(
      `--by: Expected a name of at most 200 characters without quotes, semicolons, line breaks and times, got "${by}"`,
    );
  }
  const at = new Date(systemClock.wall()).toISOString();
  const approval: Approval = { digest, by, at, ...(reason === '' ? {} : { reason }) };
  const plan = plans.find((one) => one.digest === digest);
  if (objects !== undefined) return await approveObjects(context, objects, { approval, plan });
  if (flags.source === undefined) {
    throw new CliError(
      `name the directory that the controller follows, or --kubernetes: ${nextText(context, digest, false)}`,
    );
  }
  refuseFile(flags.source, '--source');
  const path = writeApprovalFile(
    resolve(flags.source),
    loadPolicy(context.globals.policy).approvals.paths,
    approval,
  );
  const covers = plan === undefined ? '' : `${planText(plan)}\n`;
  context.io.stdout.write(
    `${covers}wrote ${path}; publish it as you publish bindings, within a day and in a later revision than the change\n`,
  );
  if (plan === undefined) {
    context.io.stderr.write(
      'warning: no plan with this digest waits, as far as the state tells; an approval passes nothing but the plan that it names\n',
    );
  }
  return EXIT.ok;
}

/** The one plan that waits and whose digest begins so; a whole digest need not wait anywhere. */
function wholeDigest(start: string, plans: readonly PendingPlan[]): string {
  if (isPlanDigest(start)) return start;
  const found = plans.filter(({ digest }) => meansDigest(start, digest)).map(({ digest }) => digest);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const what =
    only === undefined ? 'is the start of no plan that waits' : `is the start of ${found.length} plans`;
  const others = only === undefined ? plans.map(({ digest }) => digest) : found;
  const list =
    others.length === 0
      ? 'none waits, as far as is known here'
      : someOf(others.map((one) => one.slice(0, 24)));
  throw new CliError(`"${start}" ${what} (${list}); give all 64 digits, or more of them`);
}

/** The command that approves a plan of the list. */
function nextText(context: CommandContext, digest: string, inCluster: boolean): string {
  const command = commandLine(context, 'approve', shortDigest(digest));
  return inCluster
    ? `${command} --kubernetes`
    : `${command} --source ${shellWord(followed(context) ?? 'DIR')}`;
}

/** The directory that the controller of this state follows. */
function followed(context: CommandContext): string | undefined {
  try {
    using file = openStateForReading(context);
    return storedSource(file)?.record.source;
  } catch (error) {
    if (error instanceof StateError) return undefined;
    throw error;
  }
}

async function approveObjects(
  { io }: CommandContext,
  objects: ClusterObjects,
  { approval, plan }: { readonly approval: Approval; readonly plan: PendingPlan | undefined },
): Promise<ExitCode> {
  if (plan === undefined) {
    throw new CliError(
      `no object waits for ${approval.digest}: the plan may have changed; \`cvmsg approve --kubernetes\` lists what waits`,
    );
  }
  for (const binding of plan.bindings) {
    await objects.approve(binding, approval);
    io.stdout.write(`${binding}: approved\n`);
  }
  io.stdout.write(`${planText(plan)}\n`);
  return EXIT.ok;
}

async function list(
  context: CommandContext,
  plans: readonly PendingPlan[],
  inCluster: boolean,
): Promise<ExitCode> {
  const { io, globals } = context;
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(plans, globals.output));
  } else if (plans.length === 0) {
    io.stdout.write('no plan waits for an approval\n');
  } else {
    const rows = plans.map(({ digest, instances, bindings, message }) => [
      digest,
      String(instances),
      someOf(bindings),
      message.split(';')[0] ?? '',
    ]);
    io.stdout.write(table(['DIGEST', 'INSTANCES', 'BINDINGS', 'WHY IT WAITS'], rows));
    const [first] = plans;
    if (first !== undefined) io.stdout.write(`Next: ${nextText(context, first.digest, inCluster)}\n`);
  }
  return EXIT.ok;
}

function planText({ instances, bindings }: PendingPlan): string {
  return `the plan changes ${count(instances, 'instance')} of ${someOf(bindings)}`;
}

/** What the controller told last in its state; nothing when there is none. */
function reportedByState(context: CommandContext) {
  try {
    using file = openStateForReading(context);
    return storedBindings(file, () => true).map(({ status }) => status);
  } catch (error) {
    if (error instanceof StateError && error.code === 'absent') return [];
    throw error;
  }
}

// The objects of a cluster whose plans wait for an approval, and the annotation that gives it.

interface ClusterFlags {
  readonly namespace: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

interface SelfSubjectReview {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

class ClusterObjects implements AsyncDisposable {
  readonly #connection: KubeConnection;
  readonly #namespace: string | undefined;
  readonly #signal = new AbortController().signal;

  private constructor(connection: KubeConnection, namespace: string | undefined) {
    this.#connection = connection;
    this.#namespace = namespace;
  }

  /** Rejects with a KubeError when there is no cluster to speak to. */
  static async open({ kubeconfig, context, namespace }: ClusterFlags): Promise<ClusterObjects> {
    return new ClusterObjects(
      await KubeConnection.load({ clock: systemClock, kubeconfig, context }),
      namespace,
    );
  }

  /** Why the connection cannot be trusted; undefined when it can. */
  get trustProblem(): string | undefined {
    return this.#connection.trustProblem;
  }

  /** What every object tells; of one namespace, or of all. */
  async reported(): Promise<Reported[]> {
    const objects = await listObjects(this.#connection, this.#namespace, this.#signal);
    return objects.map(({ metadata, status }) => {
      const { pendingPlans = [] } = status ?? {};
      return { key: `${metadata.namespace ?? 'default'}/${metadata.name}`, pendingPlans };
    });
  }

  /** Who the API server takes the user for: only under this name does an approval count as theirs. */
  async user(): Promise<string> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status } = await this.#connection.json<SelfSubjectReview>(
      { method: 'POST', path, body: review },
      this.#signal,
    );
    const name = status?.userInfo?.username ?? '';
    if (isApproverName(name)) return name;
    throw new CliError(
      `the API server calls you ${quote(name)}, which cannot stand in an approval; approve as another user`,
    );
  }

  /** Lets the plan pass for one object. */
  async approve(binding: string, approval: Approval): Promise<void> {
    const path = bindingPath(partsOf(binding as BindingKey));
    const body = { metadata: { annotations: { [APPROVAL_ANNOTATION]: annotationText(approval) } } };
    await this.#connection.json(
      { method: 'PATCH', path, contentType: 'application/merge-patch+json', body },
      this.#signal,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }
}

// The approval of a plan as a document beside the bindings of a directory.

const DIGITS_IN_NAME = 12;

/** Writes the document whole or not at all below the first of the paths that count, and returns its path. @throws CliError when it is there already, or cannot be written. */
function writeApprovalFile(directory: string, paths: readonly string[], approval: Approval): string {
  const [place] = paths;
  if (place === undefined) {
    throw new CliError(
      'the policy lets no document approve a plan; name a folder in `approvals.paths` of it',
    );
  }
  if (!existsSync(directory)) throw new CliError(`--source: there is no directory "${directory}"`);
  const name = approval.digest.slice('sha256:'.length, 'sha256:'.length + DIGITS_IN_NAME);
  const file = join(place, `${name}.yaml`);
  const path = join(directory, file);
  try {
    if (findBelow(directory, file) === undefined) {
      writeFileBelow(directory, file, approvalText(name, approval));
      return path;
    }
  } catch (error) {
    throw new CliError(`--source: the approval cannot be written: ${messageOf(error)}`);
  }
  throw new CliError(`"${path}" approves this plan already; remove it first to approve the plan anew`);
}

function approvalText(name: string, { digest, by, at, reason = '' }: Approval): string {
  const why = reason === '' ? '' : `  reason: ${JSON.stringify(reason)}\n`;
  return (
    `apiVersion: cvmsg.dev/v1alpha1\nkind: ${APPROVAL_KIND}\nmetadata:\n  name: plan-${name}\nspec:\n` +
    `  digest: ${digest}\n  approvedBy: ${JSON.stringify(by)}\n  approvedAt: ${JSON.stringify(at)}\n${why}`
  );
}
