/** `cvmsg run`: the controller over a directory, a cluster or both, until it is stopped. */
import { Controller } from '../../controller/controller.ts';
import { ScopeAdmission } from '../../controller/scope/scope-admission.ts';
import { systemClock } from '../../runtime/clock.ts';
import { compactHeap } from '../../runtime/heap-growth.ts';
import { soleLeader } from '../../runtime/leadership.ts';
import { systemRandom } from '../../runtime/random.ts';
import { VitalSigns } from '../../runtime/vital-signs.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { createLogger } from '../logging/logger.ts';
import { ToldJournal } from '../logging/told-journal.ts';
import { ToldVerdicts } from '../logging/told-verdicts.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import { SecretCredentials } from '../wiring/secret-credentials.ts';
import { refuseFile } from '../wiring/source-directory.ts';
import { actor } from '../wiring/state-directory.ts';
import { announceRun } from './announce-run.ts';
import { boundHistory } from './bounded-history.ts';
import { compactWhenCalm } from './compact-when-calm.ts';
import type { KubernetesFlags, KubernetesFront } from './kubernetes-front.ts';
import { Observability } from './observability.ts';
import { policyAnnouncement } from './policy-announcement.ts';
import { processView } from './process-view.ts';
import { recordAgain, recordedFirst } from './recorded-first.ts';
import { pollRequests } from './request-poller.ts';
import { openRunState } from './run-state.ts';
import { probeScope } from './scope-probe.ts';
import { signsOfLife } from './signs-of-life.ts';
import { stopGracefully } from './stop-gracefully.ts';
import { refuseUnusedFlags } from './unused-flags.ts';

interface RunFlags extends KubernetesFlags {
  readonly maxRevisionMib: number;
  readonly maxScopesPerNamespace: number;
  readonly source: string | undefined;
  readonly kubernetes: boolean;
  readonly httpListen: string | undefined;
  readonly keepHistory: number;
  readonly keepHistoryMib: number;
}

export async function performRun(
  context: CommandContext,
  { flags }: { readonly flags: RunFlags },
): Promise<ExitCode> {
  if (flags.source === undefined && !flags.kubernetes) {
    throw new CliError(
      'nothing to follow: name a directory with --source DIR, or --kubernetes for a cluster',
    );
  }
  refuseUnusedFlags(flags);
  if (flags.source !== undefined) refuseFile(flags.source, '--source');
  const { globals } = context;
  const log = createLogger(context);
  const settings = controllerSettings(globals, log, { directory: flags.source !== undefined });
  const observability = await Observability.create(flags.httpListen);
  const { metrics, telemetry } = observability;
  await using front = flags.kubernetes
    ? await (await import('./kubernetes-front.ts')).kubernetesFront(flags, {
        log,
        metrics,
        rules: settings.policy,
      })
    : undefined;
  await using cloud = wireCloud(context, log, {
    onApiMoved: (scope) => controller.apiMoved(scope),
    onCall: ({ api, action, kind }) => metrics?.cloudRequest({ api, action, code: kind }),
    wrapCredentials: (others) =>
      front === undefined ? others : new SecretCredentials(front.connection, { clock: systemClock, others }),
  });
  using state = openRunState(context, {
    log,
    follows: { directory: flags.source !== undefined, cluster: flags.kubernetes },
  });
  const { memory, file } = state;
  const directory =
    flags.source === undefined || file === undefined
      ? undefined
      : (await import('./directory-front.ts')).directoryFront(flags.source, {
          file,
          log,
          rules: settings.policy,
          isBesideCluster: flags.kubernetes,
          by: actor(context),
          checkEveryMs: globals.interval,
          maxBytes: revisionBytes(flags),
        });
  const sources = [directory?.source, front?.source].filter((source) => source !== undefined);
  const admission = new ScopeAdmission({
    leadership: front?.leases ?? soleLeader,
    clock: systemClock,
    random: systemRandom,
    log,
    allowed: settings.policy,
    mostScopes: flags.maxScopesPerNamespace,
    proven: async (scopes, signal) => (await front?.proven(scopes, signal)) ?? new Set(),
    probe: (scope, signal) => probeScope(scope, { cloud: cloud.provider, clock: systemClock }, signal),
    onChange: (scopes) => controller.admissionChanged(scopes),
  });
  const recorders = [directory?.source, directory?.narrator].filter((recorder) => recorder !== undefined);
  const journal = recordedFirst(front?.watch(memory) ?? memory, recorders);
  const controller: Controller = new Controller({
    sources,
    sinks: [...state.sinks, new ToldVerdicts(log), ...(front === undefined ? [] : [front.sink])],
    cloud: cloud.provider,
    journal: new ToldJournal(journal, log),
    inventory: memory,
    approvals: memory,
    safekeeping: state.directory === undefined ? front?.safekeeping : undefined,
    settings,
    clock: systemClock,
    random: systemRandom,
    log,
    leadership: admission,
    admission,
    telemetry,
    onRevision: (_, report) => directory?.narrator.revision(report),
    onProblem: (_, problem) => directory?.narrator.problem(problem),
  });
  front?.remember({
    original: (id) => memory.original(id),
    isRestoring: (key) => controller.isRestoring(key),
    admission,
  });
  const openJournalEntries = () => memory.open(Number.POSITIVE_INFINITY).length;
  using vitalSigns = new VitalSigns({
    clock: systemClock,
    signs: () => signsOfLife({ scopes: controller.scopes, front }),
  });
  const view = processView({
    vitalSigns,
    controller,
    sources,
    front,
    leadership: admission,
    openJournalEntries,
    clock: systemClock,
  });
  vitalSigns.start();
  await using _http = await observability.serve(view, log);
  // Before it says that it runs: who reads that may stop it.
  const stop = stopGracefully(log, {
    giveUp: () => controller.abort(),
    release: () => state[Symbol.dispose](),
  });
  announceRun(context, log, {
    directory: directory?.source.name,
    cluster: front && {
      server: front.connection.server,
      trustFault: front.connection.trustFault,
      leases: front.leasePlace,
    },
    stateDir: state.directory,
  });
  const { fields, text } = policyAnnouncement(settings.policy, { file: globals.policy, clock: systemClock });
  log.info(fields, text);
  const ended = new AbortController();
  try {
    if (state.directory !== undefined) {
      const parts = { directory: state.directory, controller, sources, clock: systemClock, log };
      void pollRequests(parts, AbortSignal.any([stop.signal, ended.signal]));
    }
    const bounds = { keepMs: flags.keepHistory, keepMib: flags.keepHistoryMib, clock: systemClock, log };
    const onDisk = state.directory !== undefined;
    const running = AbortSignal.any([stop.signal, ended.signal]);
    if (file !== undefined) void boundHistory(file, { ...bounds, onDisk }, running);
    if (directory !== undefined) void recordAgain(directory.narrator, systemClock, running);
    const { scopes } = controller;
    void compactWhenCalm({ sources, scopes, clock: systemClock, compact: compactHeap }, running);
    void admission.run(running);
    await runToEnd(controller, { front, admission }, stop.signal);
  } finally {
    ended.abort();
    stop.forget();
  }
  const calls = stop.gaveUp
    ? 'the calls that did not end are settled by the next start'
    : 'every call has ended';
  log.info({ calls: cloud.tally.calls }, `stopped; ${calls}`);
  return EXIT.ok;
}

/** The leases outlive the calls in flight and the last statuses: another replica must not begin before those have ended. */
async function runToEnd(
  controller: Controller,
  { front, admission }: { readonly front: KubernetesFront | undefined; readonly admission: ScopeAdmission },
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const listener = admission.listen(controller);
  const leases = front?.leases.run(listener, ended.signal);
  try {
    await controller.run(signal);
  } finally {
    await front?.finish();
    ended.abort();
    await leases;
  }
}
