/** `cvmsg approve`: shows the plans that wait, or lets one of them pass. */
import { resolve } from 'node:path';
import { type Approval, isApproverName, isPlanDigest, LONGEST_REASON } from '../../api/approval.ts';
import { systemClock } from '../../runtime/clock.ts';
import { StateError } from '../../state/state-error.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { structured } from '../output/structured.ts';
import { table } from '../output/table.ts';
import { count, someOf } from '../output/words.ts';
import { loadPolicy } from '../wiring/policy.ts';
import { refuseFile } from '../wiring/source-directory.ts';
import { openStateForReading, userAtHost } from '../wiring/state-directory.ts';
import { storedBindings } from '../wiring/stored-state.ts';
import { writeApprovalFile } from './approval-file.ts';
import { ClusterObjects } from './cluster-objects.ts';
import { type PendingPlan, pendingPlans } from './pending-plans.ts';

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
  const [digest] = args;
  if (digest !== undefined && !isPlanDigest(digest)) {
    throw new CliError(
      `Expected the digest of a plan, \`sha256:\` and 64 hexadecimal digits, got "${digest}"; \`cvmsg approve\` alone lists what waits`,
    );
  }
  const inCluster = flags.kubernetes || flags.kubeconfig !== undefined || flags.context !== undefined;
  await using objects = inCluster ? await ClusterObjects.open(flags) : undefined;
  if (objects?.trustFault !== undefined) context.io.stderr.write(`warning: ${objects.trustFault}\n`);
  const plans = pendingPlans(objects === undefined ? toldByState(context) : await objects.told());
  if (digest === undefined) return await list(context, plans);
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
    throw new CliError('name the directory that the controller follows with --source DIR, or --kubernetes');
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

async function list({ io, globals }: CommandContext, plans: readonly PendingPlan[]): Promise<ExitCode> {
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
  }
  return EXIT.ok;
}

function planText({ instances, bindings }: PendingPlan): string {
  return `the plan changes ${count(instances, 'listed instance')} of ${someOf(bindings)}`;
}

/** What the controller told last in its state; nothing when there is none. */
function toldByState(context: CommandContext) {
  try {
    using file = openStateForReading(context);
    return storedBindings(file, () => true).map(({ verdict }) => ({
      binding: verdict.key,
      conditions: verdict.conditions,
      // What waits of a list that is put back stands in no instance of the binding.
      instances: [...verdict.instances, ...(verdict.restoring ?? []).flatMap(({ waits = [] }) => waits)],
    }));
  } catch (error) {
    if (error instanceof StateError && error.code === 'absent') return [];
    throw error;
  }
}
