/** `cvmsg why`: one instance explained. */
import { type InstanceId, isInstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { scopeKey } from '../../core/model.ts';
import { type Explanation, explain } from '../../manager/explanation.ts';
import { journalData } from '../../manager/history/journal-view.ts';
import type { RuleReaders, RuleReading } from '../../ports/rules.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { currentWriter } from '../../store/sqlite/writer-lock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { asksCluster, type ClusterFlags, refuseNamespaceAlone } from '../flags/cluster-flags.ts';
import { createLogger } from '../logging/logger.ts';
import { commandLine } from '../output/command-line.ts';
import type { Palette } from '../output/palette.ts';
import { structured } from '../output/structured.ts';
import { unreachableText } from '../plan/unreachable-text.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { silentWriter, silentWriterText } from '../wiring/silent-writer.ts';
import { openStateOrCluster, stateDirectory } from '../wiring/state-directory.ts';
import { explanationText } from './explanation-text.ts';
import { listTraffic, type Traffic, trafficData, trafficText } from './list-traffic.ts';

interface WhyFlags extends ClusterFlags {
  readonly namespace: string | undefined;
}

export async function performWhy(
  context: CommandContext,
  { args, flags }: { readonly args: readonly string[]; readonly flags: WhyFlags },
): Promise<ExitCode> {
  const { io, globals, palette } = context;
  const instanceId = args[0] ?? '';
  if (!isInstanceId(instanceId)) {
    throw new CliError(`Expected an instance id such as ins-4q118hl2, got "${instanceId}"`);
  }
  if (asksCluster(flags)) return await whyInCluster(context, flags, instanceId);
  refuseNamespaceAlone(flags);
  using file = openStateOrCluster(context);
  const directory = stateDirectory(context);
  const explanation = explain(file, instanceId);
  if (explanation === undefined) {
    throw new CliError(
      `nothing is known of ${instanceId} in "${directory}": no binding claims it and nothing was ever written to it; \`${commandLine(context, 'get')}\` lists the bindings`,
    );
  }
  const controller = currentWriter(directory);
  const nowMs = systemClock.wall();
  const silent = silentWriter(file, { directory, nowMs });
  const warning = silent === undefined ? undefined : silentWriterText(silent, nowMs);
  const traffic = context.globals.traffic === 'off' ? undefined : await readTraffic(context, explanation);
  if (globals.output === 'json' || globals.output === 'yaml') {
    const { lastWrite, ...rest } = explanation;
    const value = {
      ...rest,
      controller: controller ?? null,
      ...(warning === undefined ? {} : { warning }),
      lastWrite: lastWrite === undefined ? null : journalData(lastWrite),
      ...trafficField(traffic),
    };
    io.stdout.write(await structured(value, globals.output));
    return EXIT.ok;
  }
  io.stdout.write(
    explanationText(explanation, { palette, nowMs, controller, warning }) + trafficLines(traffic, palette),
  );
  return EXIT.ok;
}

/** What the objects tell; none of them holds the journal. */
async function whyInCluster(
  context: CommandContext,
  flags: WhyFlags,
  instanceId: InstanceId,
): Promise<ExitCode> {
  const { io, globals, palette } = context;
  const { ClusterView } = await import('../cluster/cluster-view.ts');
  const { explainObject } = await import('../../manager/explain-object.ts');
  await using cluster = await ClusterView.open(context, flags);
  const explanation = explainObject(await cluster.objects(flags.namespace), instanceId);
  if (explanation === undefined) {
    throw new CliError(
      `no object at ${cluster.server} names ${instanceId}; \`cvmsg get --kubernetes\` lists the bindings`,
    );
  }
  const traffic = context.globals.traffic === 'off' ? undefined : await readTraffic(context, explanation);
  io.stdout.write(
    globals.output === 'json' || globals.output === 'yaml'
      ? await structured({ ...explanation, ...trafficField(traffic) }, globals.output)
      : explanationText(explanation, { palette, nowMs: systemClock.wall(), controller: undefined }) +
          trafficLines(traffic, palette),
  );
  return EXIT.ok;
}

function trafficField(traffic: Traffic | undefined): Readonly<Record<string, unknown>> {
  return traffic === undefined ? {} : { traffic: trafficData(traffic) };
}

function trafficLines(traffic: Traffic | undefined, palette: Palette): string {
  return traffic === undefined ? '' : trafficText(traffic, palette);
}

// Reads the rules that explain an instance. They explain more, and nothing waits for them: whatever fails is told in their place.

export const LONGEST_READ_MS = 10_000;

/** Rejects never. */
async function readTraffic(context: CommandContext, explanation: Explanation): Promise<Traffic> {
  try {
    await using cloud = wireCloud(context, createLogger(context));
    return await trafficOf(explanation, {
      readers: cloud.ruleReaders,
      clock: systemClock,
      failureText: (failure) => unreachableText(context, failure),
    });
  } catch (error) {
    return { notRead: messageOf(error) };
  }
}

interface TrafficReading {
  readonly readers: RuleReaders;
  readonly clock: Clock;
  readonly failureText: (failure: Parameters<typeof unreachableText>[1]) => string;
}

export async function trafficOf(
  { scope, status, desired }: Pick<Explanation, 'scope' | 'status' | 'desired'>,
  { readers, clock, failureText }: TrafficReading,
): Promise<Traffic> {
  const observed = status?.sgIds;
  if (scope === undefined || observed === undefined)
    return { notRead: 'the list of the instance is not known' };
  const reader = readers.rules(scope);
  const groups = [...observed, ...(desired ?? [])];
  const reading = await withinLimit(clock, (signal) => reader.readRules(groups, signal));
  if (reading === undefined)
    return {
      notRead: `the cloud did not answer within ${LONGEST_READ_MS / 1_000}s; --traffic off does not ask it`,
    };
  if (!reading.ok) return { notRead: failureText({ scope: scopeKey(scope), error: reading.error }) };
  return listTraffic(reading, { region: scope.region, observed, declared: desired });
}

/** Undefined when it takes longer, also where it does not heed the signal. */
async function withinLimit(
  clock: Clock,
  read: (signal: AbortSignal) => Promise<RuleReading>,
): Promise<RuleReading | undefined> {
  const stop = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.setTimer(LONGEST_READ_MS, () => {
    resolve(undefined);
    stop.abort(new Error('the time is up'));
  });
  const reading = read(stop.signal);
  reading.catch(() => {});
  try {
    return await Promise.race([late, reading]);
  } finally {
    cancel();
  }
}
