/** `cvmsg run`: the controller over a directory, a cluster or both, until it is stopped. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Controller } from '../../controller/controller.ts';
import { systemClock } from '../../runtime/clock.ts';
import { compactHeap } from '../../runtime/heap-growth.ts';
import { soleLeader } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import { systemRandom } from '../../runtime/random.ts';
import { VitalSigns } from '../../runtime/vital-signs.ts';
import { DirectoryVerdicts } from '../../sinks/directory-verdicts.ts';
import { LocalState } from '../../sinks/local-state.ts';
import { DirectorySource } from '../../sources/directory/directory-source.ts';
import { diskTree } from '../../sources/directory/file-tree.ts';
import { chokidarWatch } from '../../sources/directory/watcher.ts';
import { DeclarationTable } from '../../state/declaration-table.ts';
import { openInMemory, type StateFile } from '../../state/state-file.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../commands/command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { createLogger } from '../logging/logger.ts';
import { ToldJournal } from '../logging/told-journal.ts';
import { ToldVerdicts } from '../logging/told-verdicts.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import { SecretCredentials } from '../wiring/secret-credentials.ts';
import { actor, openState, stateDirectory } from '../wiring/state-directory.ts';
import { boundHistory } from './bounded-history.ts';
import { compactWhenCalm } from './compact-when-calm.ts';
import type { KubernetesFlags, KubernetesFront } from './kubernetes-front.ts';
import { Observability } from './observability.ts';
import { policyAnnouncement } from './policy-announcement.ts';
import { processView } from './process-view.ts';
import { pollRequests } from './request-poller.ts';
import { signsOfLife } from './signs-of-life.ts';
import { SourceNarrator } from './source-narrator.ts';
import { stopGracefully } from './stop-gracefully.ts';

interface RunFlags extends KubernetesFlags {
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
  if (flags.source !== undefined) refuseFile(flags.source);
  const { globals } = context;
  const log = createLogger(context);
  const settings = controllerSettings(globals);
  const observability = await Observability.create(flags.httpListen);
  const { metrics, telemetry } = observability;
  await using front = flags.kubernetes
    ? await (await import('./kubernetes-front.ts')).kubernetesFront(flags, { log, metrics })
    : undefined;
  await using cloud = wireCloud(context, log, {
    onApiMoved: (scope) => controller.apiMoved(scope),
    onCall: ({ api, action, kind }) => metrics?.cloudRequest({ api, action, code: kind }),
    wrapCredentials: (others) =>
      front === undefined ? others : new SecretCredentials(front.connection, { clock: systemClock, others }),
  });
  using file = openRunState(context, flags, log);
  const state = new LocalState(file, { clock: systemClock, actor: actor(context) });
  const directory = flags.source === undefined ? undefined : directorySource(flags, { file, log });
  const narrator =
    directory &&
    new SourceNarrator(file, {
      log,
      source: directory,
      by: actor(context),
      checkEveryMs: globals.interval,
    });
  const sources = [directory, front?.source].filter((source) => source !== undefined);
  const leadership = front?.leases ?? soleLeader;
  const controller: Controller = new Controller({
    sources,
    sinks: [
      // What ends with the process need not hold again what the objects hold.
      hasStateDirectory(context, flags) ? state : new DirectoryVerdicts(state),
      new ToldVerdicts(log),
      ...(front === undefined ? [] : [front.sink]),
    ],
    cloud: cloud.provider,
    journal: new ToldJournal(front?.watch(state) ?? state, log),
    inventory: state,
    approvals: state,
    safekeeping: hasStateDirectory(context, flags) ? undefined : front?.safekeeping,
    settings,
    clock: systemClock,
    random: systemRandom,
    log,
    leadership,
    telemetry,
    onRevision: (_, report) => narrator?.revision(report),
    onProblem: (_, problem) => narrator?.problem(problem),
  });
  front?.remember({
    original: (id) => state.original(id),
    isRestoring: (key) => controller.isRestoring(key),
  });
  const openJournalEntries = () => state.open(Number.POSITIVE_INFINITY).length;
  using vitalSigns = new VitalSigns({
    clock: systemClock,
    signs: () => signsOfLife({ scopes: controller.scopes, front }),
  });
  const view = processView({
    vitalSigns,
    controller,
    sources,
    front,
    leadership,
    openJournalEntries,
    clock: systemClock,
  });
  vitalSigns.start();
  await using _http = await observability.serve(view, log);
  // Before it says that it runs: who reads that may stop it.
  const stop = stopGracefully(log, { giveUp: () => controller.abort(), release: () => file.close() });
  announce(context, log, { directory: directory?.name, cluster: front?.connection.server });
  const { fields, text } = policyAnnouncement(settings.policy, { file: globals.policy, clock: systemClock });
  log.info(fields, text);
  const ended = new AbortController();
  try {
    if (hasStateDirectory(context, flags)) {
      const parts = { directory: stateDirectory(context), controller, sources, clock: systemClock, log };
      void pollRequests(parts, AbortSignal.any([stop.signal, ended.signal]));
    }
    const bounds = { keepMs: flags.keepHistory, keepMib: flags.keepHistoryMib, clock: systemClock, log };
    const onDisk = hasStateDirectory(context, flags);
    const running = AbortSignal.any([stop.signal, ended.signal]);
    void boundHistory(file, { ...bounds, onDisk }, running);
    const { scopes } = controller;
    void compactWhenCalm({ sources, scopes, clock: systemClock, compact: compactHeap }, running);
    await runToEnd(controller, front, stop.signal);
  } finally {
    ended.abort();
    stop.forget();
  }
  log.info({ calls: cloud.tally.calls }, 'stopped; every call has ended');
  return EXIT.ok;
}

/** The leases outlive the calls in flight: another replica must not begin before the last one has ended. */
async function runToEnd(
  controller: Controller,
  front: KubernetesFront | undefined,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const leases = front?.leases.run(controller, ended.signal);
  try {
    await controller.run(signal);
  } finally {
    ended.abort();
    await leases;
  }
}

function hasStateDirectory({ globals }: CommandContext, flags: RunFlags): boolean {
  return !flags.kubernetes || globals.stateDir !== undefined;
}

/** In a cluster the facts stand in the objects; a state folder is used when one is given. */
function openRunState(context: CommandContext, flags: RunFlags, log: Log): StateFile {
  if (!hasStateDirectory(context, flags)) return openInMemory();
  const file = openState(context);
  if (file.setAside !== undefined) {
    const message = `the state file was damaged and is kept as "${file.setAside}"; a new one is begun`;
    log.error({ setAside: file.setAside }, message);
  }
  return file;
}

/** A file can never become a directory that is published anew. */
function refuseFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new CliError(`--source: "${path}" is a file; name the directory that holds it`);
  }
}

function directorySource(
  flags: RunFlags,
  { file, log }: { readonly file: StateFile; readonly log: Log },
): DirectorySource {
  return new DirectorySource({
    root: resolve(flags.source ?? '.'),
    tree: diskTree,
    clock: systemClock,
    log,
    store: new DeclarationTable(file.database),
    watch: chokidarWatch,
    // Beside objects of the same names, each owner has to be told apart.
    ...(flags.kubernetes ? { keyPrefix: 'git:' } : {}),
  });
}

function announce(
  context: CommandContext,
  log: Log,
  { directory, cluster }: { readonly directory: string | undefined; readonly cluster: string | undefined },
): void {
  const { globals, version } = context;
  const fields = {
    version,
    source: directory,
    cluster,
    stateDir: cluster === undefined ? stateDirectory(context) : globals.stateDir,
    api: globals.api,
    endpoint: globals.endpoint ?? 'the vendor',
    readsPerSecond: globals.readsPerSecond,
    writesPerSecond: globals.writesPerSecond,
    maxGroups: globals.maxGroups,
    intervalMs: globals.interval,
  };
  const declared = [directory, cluster].filter((one) => one !== undefined).map((one) => `"${one}"`);
  log.info(fields, `cvmsg ${version} keeps what ${declared.join(' and ')} declares`);
}
