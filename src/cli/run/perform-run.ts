/** `cvmsg run`: the controller over a directory, a cluster or both, until it is stopped. */
import { messageOf } from '../../api/message-of.ts';
import type { ControllerSettings } from '../../core/settings.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import { someOf } from '../../core/text/words.ts';
import type { PageAbout } from '../../http/page/view.ts';
import type { HttpServer } from '../../http/server.ts';
import type { DirectorySetup } from '../../manager/directory-setup.ts';
import type { ClusterOptions, KubernetesSetup, LeasePlace } from '../../manager/kubernetes-setup.ts';
import { Manager } from '../../manager/manager.ts';
import type { NotifySettings } from '../../manager/notify-setup.ts';
import { Observability } from '../../manager/observability.ts';
import { openRunState, type RunState } from '../../manager/run-state.ts';
import { SecretCredentials } from '../../manager/secret-credentials.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { flagName } from '../flags/flag.ts';
import { environmentName } from '../flags/resolve-flags.ts';
import { revisionBytes } from '../flags/revision-limit.ts';
import { commitWords } from '../git/commit-words.ts';
import { committedContent } from '../git/committed-content.ts';
import { createLogger } from '../logging/logger.ts';
import { onStopSignals } from '../signals.ts';
import { openTransport, wireCloud } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import { notifyTargets } from '../wiring/notify-config.ts';
import { refuseFile } from '../wiring/source-directory.ts';
import { actor, stateDirectory } from '../wiring/state-directory.ts';
import { listenAddresses } from './http-address.ts';
import { policyAnnouncement } from './policy-announcement.ts';
import { stopGracefully } from './stop-gracefully.ts';

/** Until a message has its whole answer. */
const MESSAGE_MS = 10_000;

interface RunFlags extends ClusterOptions {
  readonly maxRevisionMib: number;
  readonly maxScopesPerNamespace: number;
  readonly source: string | undefined;
  readonly kubernetes: boolean;
  readonly httpListen: string | undefined;
  readonly pageListen: string | undefined;
  readonly keepHistory: number;
  readonly keepHistoryMib: number;
}

/** @param listen how it is told to stop. */
export async function performRun(
  context: CommandContext,
  { flags }: { readonly flags: RunFlags },
  listen = onStopSignals,
): Promise<ExitCode> {
  refuseFlags(flags);
  const log = createLogger(context);
  const { source: directoryName } = flags;
  const settings = controllerSettings(context.globals, log, { directory: directoryName !== undefined });
  const { httpListen, pageListen } = flags;
  const { http, page } = listenAddresses(flags);
  const observability = await Observability.create(http, systemClock);
  const { metrics, telemetry } = observability;
  await using cluster = await openCluster(flags, { log, metrics, rules: settings.policy });
  await using cloud = wireCloud(context, log, {
    onApiMoved: (scope) => manager.apiMoved(scope),
    onCall: ({ api, action, kind }) => metrics?.cloudRequest({ api, action, code: kind }),
    wrapCredentials: (others) =>
      cluster === undefined
        ? others
        : new SecretCredentials(cluster.connection, { clock: systemClock, others }),
  });
  await using notify = await openNotify(context);
  using state = openState(context, { flags, log });
  const directory = await openDirectory(context, { flags, state, settings, log });
  using manager: Manager = new Manager({
    settings,
    cloud: cloud.provider,
    ruleReaders: cloud.ruleReaders,
    time: cloud.time,
    state,
    directory,
    cluster,
    directoryName,
    notify,
    telemetry,
    maxScopesPerNamespace: flags.maxScopesPerNamespace,
    keepHistoryMs: flags.keepHistory,
    keepHistoryMib: flags.keepHistoryMib,
    page,
    log,
  });
  await using _http = await served('http-listen', httpListen, () => observability.serve(manager.view, log));
  // Before it says that it runs: who reads that may stop it.
  const stop = stopGracefully(log, {
    giveUp: () => manager.abort(),
    release: () => state[Symbol.dispose](),
    listen,
  });
  try {
    const about = pageAbout(context, { directoryName, cluster, state });
    await using _page = await served('page-listen', pageListen, () => manager.servePage(about, stop.signal));
    announce(context, log, { directory, cluster, state, settings });
    const targets = notify?.targets.map(({ name, format }) => `${name} (${format})`) ?? [];
    if (targets.length > 0) log.info({ targets }, `messages go to ${someOf(targets)}`);
    await manager.run(stop.signal);
  } finally {
    stop.forget();
  }
  const calls = stop.gaveUp
    ? 'the calls that did not end are settled by the next start'
    : 'every call has ended';
  log.info({ calls: cloud.counts.calls }, `stopped; ${calls}`);
  return EXIT.ok;
}

/** @throws CliError for flags that leave nothing to follow, or would say nothing. */
function refuseFlags(flags: RunFlags): void {
  if (flags.source === undefined && !flags.kubernetes) {
    throw new CliError(
      'nothing to follow: name a directory with --source DIR, or --kubernetes for a cluster',
    );
  }
  refuseUnusedFlags(flags);
  if (flags.source !== undefined) refuseFile(flags.source, '--source');
}

async function openCluster(
  flags: RunFlags,
  options: Parameters<typeof import('../../manager/kubernetes-setup.ts').setUpKubernetes>[1],
): Promise<KubernetesSetup | undefined> {
  // Only who follows a cluster pays for what speaks to one.
  return flags.kubernetes
    ? (await import('../../manager/kubernetes-setup.ts')).setUpKubernetes(flags, options)
    : undefined;
}

async function openNotify(context: CommandContext): Promise<(NotifySettings & AsyncDisposable) | undefined> {
  const { globals, io } = context;
  const targets = await notifyTargets(context);
  if (targets === undefined) return undefined;
  const transport = openTransport(io.env, { caFile: globals.caFile, totalTimeoutMs: MESSAGE_MS });
  return { targets, transport: transport.send, [Symbol.asyncDispose]: () => transport.close() };
}

function openState(
  context: CommandContext,
  { flags, log }: { readonly flags: RunFlags; readonly log: Log },
): RunState {
  return openRunState({
    log,
    folder: stateDirectory(context),
    isNamed: context.globals.stateDir !== undefined,
    actor: actor(context),
    follows: { directory: flags.source !== undefined, cluster: flags.kubernetes },
  });
}

async function openDirectory(
  context: CommandContext,
  {
    flags,
    state: { file, statuses },
    settings,
    log,
  }: {
    readonly flags: RunFlags;
    readonly state: RunState;
    readonly settings: ControllerSettings;
    readonly log: Log;
  },
): Promise<DirectorySetup | undefined> {
  if (flags.source === undefined || file === undefined) return undefined;
  const { setUpDirectory } = await import('../../manager/directory-setup.ts');
  return setUpDirectory(flags.source, {
    file,
    statuses,
    log,
    rules: settings.policy,
    isBesideCluster: flags.kubernetes,
    by: actor(context),
    checkEveryMs: context.globals.interval,
    committed: committedContent,
    commitWords,
    maxBytes: revisionBytes(flags),
  });
}

async function served(
  flag: string,
  address: string | undefined,
  serve: () => Promise<HttpServer | undefined>,
): Promise<HttpServer | undefined> {
  try {
    return await serve();
  } catch (error) {
    throw new CliError(`--${flag}: "${address}" cannot be had: ${messageOf(error)}`);
  }
}

/** What the page says of this process, and what the commands need that show the same. */
function pageAbout(
  context: CommandContext,
  {
    directoryName,
    cluster,
    state,
  }: {
    readonly directoryName: string | undefined;
    readonly cluster: KubernetesSetup | undefined;
    readonly state: RunState;
  },
): PageAbout {
  const sources = [directoryName, cluster?.connection.server].filter((one) => one !== undefined);
  const { directory } = state;
  return {
    version: context.version,
    sources,
    flags: directory === undefined ? '--kubernetes' : `--state-dir ${shellWord(directory)}`,
    planTarget: directoryName === undefined ? '--kubernetes' : shellWord(directoryName),
  };
}

function announce(
  context: CommandContext,
  log: Log,
  {
    directory,
    cluster,
    state,
    settings,
  }: {
    readonly directory: DirectorySetup | undefined;
    readonly cluster: KubernetesSetup | undefined;
    readonly state: RunState;
    readonly settings: ControllerSettings;
  },
): void {
  announceRun(context, log, {
    directory: directory?.source.name,
    cluster: cluster && {
      server: cluster.connection.server,
      trustProblem: cluster.connection.trustProblem,
      leases: cluster.leasePlace,
    },
    stateDir: state.directory,
  });
  const file = context.globals.policy;
  const { fields, text } = policyAnnouncement(settings.policy, { file, clock: systemClock });
  log.info(fields, text);
}

// Flags of `cvmsg run` that would say nothing.

const OF_A_CLUSTER: readonly (keyof ClusterOptions)[] = [
  'kubeconfig',
  'context',
  'namespace',
  'selector',
  'leaseNamespace',
  'oneLease',
  'roleBinding',
];

/**
 * Who narrows what is followed must not be given all of it.
 * @throws CliError for a flag of a cluster when none is followed, and for one of namespaces when all are.
 */
function refuseUnusedFlags(flags: ClusterOptions & { readonly kubernetes: boolean }): void {
  if (flags.kubernetes && flags.roleBinding !== undefined && flags.namespace.length === 0) {
    throw new CliError(
      `--role-binding (or ${environmentName('roleBinding', 'run')}): is for the namespaces of --namespace, and every namespace is followed; name them, or leave it out`,
    );
  }
  if (flags.kubernetes) return;
  const unused = OF_A_CLUSTER.find((key) => isGiven(flags[key]));
  if (unused === undefined) return;
  throw new CliError(
    `--${flagName(unused)} (or ${environmentName(unused, 'run')}): is for the objects of a cluster, and only a directory is followed; add --kubernetes, or leave it out`,
  );
}

function isGiven(value: ClusterOptions[keyof ClusterOptions]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

// What `run` says first: what it keeps, and how.

interface RunSubject {
  readonly directory: string | undefined;
  /** The server's address, and where replicas keep their leases. */
  readonly cluster:
    | {
        readonly server: string;
        /** Why the connection to it cannot be trusted. */
        readonly trustProblem: string | undefined;
        readonly leases: LeasePlace;
      }
    | undefined;
  readonly stateDir: string | undefined;
}

function announceRun(
  { globals, version }: CommandContext,
  log: Log,
  { directory, cluster, stateDir }: RunSubject,
): void {
  const fields = {
    version,
    source: directory,
    cluster: cluster?.server,
    context: cluster?.leases.context,
    leaseNamespace: cluster?.leases.namespace,
    stateDir,
    api: globals.api,
    endpoint: globals.endpoint ?? 'the vendor',
    rootDomain: globals.rootDomain,
    readsPerSecond: globals.readsPerSecond,
    writesPerSecond: globals.writesPerSecond,
    maxGroups: globals.maxGroups,
    intervalMs: globals.interval,
  };
  const declared = [directory, cluster?.server].filter((one) => one !== undefined).map((one) => `"${one}"`);
  log.info(fields, `cvmsg ${version} keeps what ${declared.join(' and ')} declares`);
  if (cluster?.trustProblem !== undefined) log.warn({ cluster: cluster.server }, cluster.trustProblem);
  if (cluster?.leases.isGuessed === true) warnOfGuess(log, cluster.leases);
}

/** Two controllers that keep leases in two namespaces do not know of each other, so each spends the quota and the blast radius. */
function warnOfGuess(log: Log, { namespace, context }: LeasePlace): void {
  log.warn(
    { leaseNamespace: namespace, context },
    `leases are kept in namespace "${namespace}", as context "${context}" of the kubeconfig has it: a controller that keeps ` +
      'its own elsewhere acts beside this one; name the namespace that all share with --lease-namespace',
  );
}
