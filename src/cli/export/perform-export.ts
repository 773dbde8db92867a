/** `cvmsg export`: bindings for what exists. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { CloudErrorKind } from '../../core/cloud-error.ts';
import { isReadable, type ObservedInstance, scopeKey } from '../../core/model.ts';
import { count, someOf, thousands } from '../../core/text/words.ts';
import type { CloudClient, InstanceFilter, ListedInstance } from '../../ports/cloud.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { QuotaBucket } from '../../runtime/quota-bucket.ts';
import { systemRandom } from '../../runtime/random.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Flag } from '../flags/flag.ts';
import { readRegion } from '../flags/region.ts';
import type { OutputStream } from '../io.ts';
import { createLogger } from '../logging/logger.ts';
import { unreachableText } from '../plan/unreachable-text.ts';
import { onStopSignals } from '../signals.ts';
import { wireCloud } from '../wiring/cloud-wiring.ts';
import { refuseFile } from '../wiring/source-directory.ts';
import { deliver } from './deliver.ts';
import { groupByList, MAX_GROUPS } from './group-by-list.ts';
import { type Listed, listAll } from './paced-listing.ts';

type ExportFlags = {
  readonly region: Flag<string | undefined>;
  readonly tag: Flag<readonly string[]>;
  readonly vpc: Flag<string | undefined>;
  readonly all: Flag<boolean>;
  readonly namespace: Flag<string | undefined>;
  readonly out: Flag<string | undefined>;
};

/** The vendor documents no rate for the calls about groups; a region has a few pages of them. */
const GROUP_CALLS_PER_SECOND = 10;
const NAMED_INSTANCES = 20;
/** Failures that stay: the credentials may not, or the endpoint does not know the call. */
const WITHOUT_NAMES: ReadonlySet<CloudErrorKind> = new Set(['denied', 'invalid', 'not-found', 'retired']);

export async function performExport(
  context: CommandContext,
  { flags }: CommandInput<ExportFlags>,
): Promise<ExitCode> {
  const { io } = context;
  const selection = readSelection(flags);
  if (flags.out !== undefined) refuseFile(flags.out, '--out');
  if (selection.doubt !== undefined) io.stderr.write(`warning: --region: ${selection.doubt}\n`);
  const stop = new AbortController();
  const forget = onStopSignals({
    onFirst: () => stop.abort(),
    onSecond: () => process.exit(EXIT.interrupted),
  });
  try {
    const log = createLogger(context);
    await using cloud = wireCloud(context, log);
    const client = cloud.provider.client({ account: 'default', region: selection.region });
    const progress = new ListProgress({ stderr: io.stderr, log, startedAtMs: systemClock.now() });
    const listed = await listInstances(client, selection, {
      readsPerSecond: context.globals.readsPerSecond,
      signal: stop.signal,
      onProgress: (read, total) => progress.show({ read, total, nowMs: systemClock.now() }),
    }).finally(() => progress.end());
    const rows = itemsOf(context, client, listed);
    const instances = rows.filter(isReadable);
    const declarable = instances.filter(({ sgIds }) => isDeclarable(sgIds));
    const undeclarable = instances.filter(({ sgIds }) => !isDeclarable(sgIds));
    const { region } = selection;
    const bindings = groupByList(declarable.map(({ instanceId, sgIds }) => ({ instanceId, sgIds, region })));
    const groupNames = bindings.length === 0 ? new Map() : await readGroupNames(context, client, stop.signal);
    stop.signal.throwIfAborted();
    await deliver(context, {
      bindings,
      namespace: flags.namespace,
      groupNames,
      origin: `export ${selection.words}`,
      out: flags.out,
      facts: {
        region,
        selection: selection.words,
        undeclarable: undeclarable.map(({ instanceId }) => instanceId),
      },
    });
    warnUndeclarable(context, undeclarable);
    warnUnreadable(context, rows);
    return EXIT.ok;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    forget();
  }
}

function listInstances(
  client: CloudClient,
  { filter }: Selection,
  options: {
    readonly readsPerSecond: number;
    readonly signal: AbortSignal;
    readonly onProgress: (read: number, total: number) => void;
  },
): Promise<Listed<ListedInstance>> {
  return listAll(
    {
      page: (offset, signal) => client.listInstances({ filter, offset }, signal),
      idOf: (row) => ('instanceId' in row ? row.instanceId : undefined),
    },
    {
      clock: systemClock,
      random: systemRandom,
      bucket: new QuotaBucket({ limit: options.readsPerSecond }),
      signal: options.signal,
      onProgress: options.onProgress,
    },
  );
}

/** Names that cannot be had are left out; a failure that may pass ends the export, or two exports would differ by chance. */
async function readGroupNames(
  context: CommandContext,
  client: CloudClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<SecurityGroupId, string>> {
  const listed = await listAll(
    {
      page: (offset, inner) => client.listSecurityGroups({ offset }, inner),
      idOf: (row) => ('sgId' in row ? row.sgId : undefined),
    },
    {
      clock: systemClock,
      random: systemRandom,
      bucket: new QuotaBucket({ limit: GROUP_CALLS_PER_SECOND }),
      signal,
    },
  );
  if (listed.outcome === 'failed' && WITHOUT_NAMES.has(listed.error.kind)) {
    context.io.stderr.write(
      `warning: the names of the groups cannot be read (${listed.error.code}); grant vpc:DescribeSecurityGroups to see them as comments\n`,
    );
    return new Map();
  }
  const groups = itemsOf(context, client, listed).filter(isReadable);
  return new Map(groups.map(({ sgId, name }) => [sgId, name]));
}

/** @throws CliError when the listing did not come to an end. */
function itemsOf<T>(context: CommandContext, client: CloudClient, listed: Listed<T>): readonly T[] {
  const scope = scopeKey(client.scope);
  switch (listed.outcome) {
    case 'read':
      return listed.items;
    case 'failed':
      throw new CliError(`${unreachableText(context, { scope, error: listed.error })}; nothing was written`);
    case 'restless':
      throw new CliError(
        `the listing of ${scope} changed during each of ${listed.attempts} attempts; nothing was written. ` +
          'Try again when fewer instances come and go, or export a part by --tag or --vpc',
      );
    default:
      return listed satisfies never;
  }
}

function isDeclarable(sgIds: readonly SecurityGroupId[]): boolean {
  return sgIds.length > 0 && sgIds.length <= MAX_GROUPS;
}

function warnUndeclarable({ io }: CommandContext, instances: readonly ObservedInstance[]): void {
  const none = instances.filter(({ sgIds }) => sgIds.length === 0).map(({ instanceId }) => instanceId);
  const many = instances.filter(({ sgIds }) => sgIds.length > 0).map(({ instanceId }) => instanceId);
  if (none.length > 0) {
    io.stderr.write(
      `warning: left out, since a binding needs at least one group: ${count(none.length, 'instance')} without any: ` +
        `${someOf(none, NAMED_INSTANCES)}. Give them a group in the console or write a binding by hand, then export again\n`,
    );
  }
  if (many.length > 0) {
    io.stderr.write(
      `warning: left out, since a binding takes at most ${MAX_GROUPS} groups: ${someOf(many, NAMED_INSTANCES)}\n`,
    );
  }
}

function warnUnreadable({ io }: CommandContext, rows: readonly ListedInstance[]): void {
  const unreadable = rows.flatMap((row) => {
    if (isReadable(row)) return [];
    return 'instanceId' in row ? `${row.instanceId} (${row.unreadable})` : row.unreadable;
  });
  if (unreadable.length === 0) return;
  io.stderr.write(
    `warning: left out, since what the cloud says of them cannot be used: ${someOf(unreadable, NAMED_INSTANCES)}. ` +
      'Look at them in the console, then export again\n',
  );
}

// Progress of a listing: one line that is redrawn on a terminal, a log line every few seconds elsewhere.

const LINE_EVERY_MS = 100;
const LOG_EVERY_MS = 3_000;

class ListProgress {
  readonly #stderr: OutputStream;
  readonly #log: Log;
  #shownAtMs: number;
  #lineShown = false;

  /** Says nothing of what is over within the first interval. */
  constructor(options: { readonly stderr: OutputStream; readonly log: Log; readonly startedAtMs: number }) {
    this.#stderr = options.stderr;
    this.#log = options.log;
    this.#shownAtMs = options.startedAtMs;
  }

  show(progress: { readonly read: number; readonly total: number; readonly nowMs: number }): void {
    const { read, total, nowMs } = progress;
    const terminal = this.#stderr.isTTY === true;
    if (nowMs - this.#shownAtMs < (terminal ? LINE_EVERY_MS : LOG_EVERY_MS)) return;
    this.#shownAtMs = nowMs;
    const text = `${thousands(read)}/${thousands(total)} instances read`;
    if (!terminal) {
      this.#log.info({ read, total }, text);
      return;
    }
    this.#stderr.write(`\r\u001b[2K${text.slice(0, (this.#stderr.columns || 80) - 1)}`);
    this.#lineShown = true;
  }

  /** Clears the line. */
  end(): void {
    if (this.#lineShown) this.#stderr.write('\r\u001b[2K');
    this.#lineShown = false;
  }
}

// Which instances `cvmsg export` is about, from its flags.

interface SelectionFlags {
  readonly region: string | undefined;
  readonly tag: readonly string[];
  readonly vpc: string | undefined;
  readonly all: boolean;
}

interface Selection {
  /** Long name. */
  readonly region: string;
  readonly filter: InstanceFilter;
  /** The flags that select the same, always in one order and one spelling. */
  readonly words: string;
  /** What is likely wrong with the region; it is asked all the same. */
  readonly doubt?: string;
}

const MAX_TAGS = 8;

/** @throws CliError that says what to write instead. */
function readSelection({ region, tag, vpc, all }: SelectionFlags): Selection {
  if (region === undefined) {
    throw new CliError('--region: say which region to export, such as --region ap-guangzhou');
  }
  const { region: long, ...doubt } = readRegion(region);
  const ways = [tag.length > 0, vpc !== undefined, all].filter(Boolean).length;
  if (ways !== 1) {
    throw new CliError(
      'say which instances to export, by one of these: --tag KEY=VALUE (may be repeated), --vpc VPC, or --all',
    );
  }
  const tags = readTags(tag);
  const filter: InstanceFilter = {
    ...(tag.length > 0 && { tags }),
    ...(vpc !== undefined && { vpcId: vpc }),
  };
  const words = [
    `--region ${long}`,
    ...Object.entries(tags)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `--tag ${quoted(`${key}=${value}`)}`),
    ...(vpc === undefined ? [] : [`--vpc ${quoted(vpc)}`]),
    ...(all ? ['--all'] : []),
  ].join(' ');
  return { region: long, filter, words, ...doubt };
}

function readTags(texts: readonly string[]): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new CliError(`--tag: Expected KEY=VALUE, got "${text}"`);
    const key = text.slice(0, at);
    if (tags.has(key)) {
      throw new CliError(`--tag: "${key}" is given twice; an instance has one value for each key`);
    }
    tags.set(key, text.slice(at + 1));
  }
  if (tags.size > MAX_TAGS)
    throw new CliError(`--tag: the cloud takes at most ${MAX_TAGS}, got ${tags.size}`);
  return Object.fromEntries(tags);
}

/** Plain words as they are, all else in quotes and on one line. */
function quoted(text: string): string {
  return /^[\w=.:/@-]+$/.test(text) ? text : JSON.stringify(text);
}
