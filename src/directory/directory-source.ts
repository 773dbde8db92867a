/**
 * Bindings from YAML files in a directory that git-sync, a ConfigMap volume or a person changes.
 *
 * Only whole revisions count: the path is resolved, everything under the resolved path is read, the path is resolved
 * again; anything that moved meanwhile discards the reading. A missing, empty, unreadable or altered tree changes
 * nothing and says so.
 */
import type { Approval } from '../api/approval.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import type { PermissionRules } from '../core/permission.ts';
import { OPEN_POLICY } from '../core/policy.ts';
import { Tenancy } from '../core/tenancy.ts';
import {
  NO_DELETIONS,
  NO_MEMORY,
  type RevisionReport,
  type Source,
  type SourceListener,
  type SourceMemory,
  type SourceProblem,
} from '../ports/source.ts';
import type { Log } from '../runtime/log.ts';
import { inSteps } from '../runtime/portions.ts';
import { RetryingWriter } from '../runtime/retrying-writer.ts';
import { type Declarations, readInSteps } from './declarations.ts';
import { LastStatuses, type StatusMemory } from './last-status.ts';
import { documentApprovals } from './permissions.ts';
import { watchedFolder } from './publication.ts';
import { RevisionOrder, removedInSteps } from './revision-numbers.ts';
import { type Reading, RevisionPoller, type RevisionPollerOptions } from './revision-poller.ts';
import type { Watch } from './watcher.ts';

export interface DirectorySourceOptions extends RevisionPollerOptions {
  readonly log: Log;
  readonly store: DeclarationStore;
  /** What an earlier process has published; absent: nothing is remembered of it. */
  readonly statuses?: StatusMemory;
  readonly watch: Watch;
  /** Put before every key, so that owners of several sources are told apart. */
  readonly keyPrefix?: string;
  /** What approvals and emergencies have to keep to; absent: what holds without a policy. */
  readonly rules?: PermissionRules;
  /** Pause between two looks at the directory. */
  readonly pollMs?: number;
}

const DEFAULT_POLL_MS = 1_000;
/** Events come in bursts; one look serves a burst. */
const EVENT_DELAY_MS = 20;

/** A revision that is in force. */
interface Accepted {
  readonly bindings: ReadonlyMap<BindingKey, Binding>;
  readonly reading: Extract<Reading, { kind: 'revision' }>;
  /** See {@link RevisionOrder.stored}. */
  readonly order: string;
}

export class DirectorySource implements Source {
  readonly name: string;
  readonly #options: DirectorySourceOptions;
  readonly #poller: RevisionPoller;
  readonly #writer: RetryingWriter;
  #bindings: ReadonlyMap<BindingKey, Binding> = new Map();
  #previous: ReadonlyMap<BindingKey, Binding>;
  /** What the store holds; it falls behind while it cannot be written. */
  #stored: ReadonlyMap<BindingKey, Binding>;
  readonly #order: RevisionOrder;
  /** Whether an earlier process has read the directory. */
  readonly #wasRead: boolean;
  readonly #statuses: LastStatuses;
  #approvals: readonly Approval[] = [];
  #synced = false;
  #revision = '';
  #problem: SourceProblem | undefined;
  #reportedLock: string | undefined;
  /** Why the newest revision is not in force. */
  #rejected: SourceProblem | undefined;

  constructor(options: DirectorySourceOptions) {
    this.name = options.root;
    this.#options = options;
    this.#poller = new RevisionPoller(options);
    this.#writer = new RetryingWriter({ ...options, what: 'the declarations' });
    this.#stored = loadBindings(options.store);
    this.#previous = this.#stored;
    this.#statuses = new LastStatuses(options.statuses);
    this.#wasRead = this.#stored.size > 0;
    const tenancy = new Tenancy({ tenants: options.rules?.tenants ?? [] });
    const tenantOf = (binding: Binding) => tenancy.tenantOf(binding);
    this.#order = new RevisionOrder(tenantOf, options.store.order?.(), this.#stored.values());
  }

  get synced(): boolean {
    return this.#synced;
  }

  get problem(): SourceProblem | undefined {
    return this.#problem;
  }

  /** The revision that was read last; '' before the first. */
  get revision(): string {
    return this.#revision;
  }

  readonly memory: SourceMemory = {
    ...NO_MEMORY,
    declaredBefore: (key) => this.#previous.get(key),
    wasInSync: (key, id) => {
      const declared = this.#bindings.get(key);
      return declared !== undefined && this.#statuses.wasInSync(declared, id);
    },
    wasKnown: (key) => this.#bindings.has(key) && this.#wasRead,
  };

  get(key: BindingKey): Binding | undefined {
    return this.#bindings.get(key);
  }

  isUnselected(): boolean {
    return false;
  }

  deleting(): typeof NO_DELETIONS {
    return NO_DELETIONS;
  }

  approvals(): readonly Approval[] {
    return this.#approvals;
  }

  broughtIn(binding: Binding, id?: InstanceId): number | undefined {
    if (binding.origin.kind !== 'directory') return undefined;
    return this.#order.broughtIn(binding, this.#bindings.get(binding.key), id);
  }

  keys(): Iterable<BindingKey> {
    return this.#bindings.keys();
  }

  /** Stores more of what the newest revision declares. Returns whether nothing is left. @throws the store's error. */
  flush(): boolean {
    return this.#writer.flush();
  }

  async run(listener: SourceListener, signal: AbortSignal): Promise<void> {
    const { clock, watch, root, tree, pollMs = DEFAULT_POLL_MS } = this.#options;
    let wake = () => {};
    const folder = watchedFolder(tree, root);
    // A worktree behind a link never changes, and watching each of its files costs more than reading them.
    const unwatch = watch(folder, () => wake(), { shallow: folder !== root });
    try {
      while (!signal.aborted) {
        const event = new Promise<void>((resolve) => {
          wake = () => resolve();
        });
        await this.#look(listener, signal);
        await this.#writer.again();
        const timer = new AbortController();
        const pause = clock.sleep(pollMs, AbortSignal.any([signal, timer.signal])).catch(() => {});
        await Promise.race([pause, event.then(() => clock.sleep(EVENT_DELAY_MS, signal))]);
        timer.abort();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      unwatch();
    }
  }

  async #look(listener: SourceListener, signal: AbortSignal): Promise<void> {
    const reading = await this.#poller.look(signal, this.#previous);
    this.#tellLeftLock();
    switch (reading.kind) {
      case 'same':
        return this.#say(listener, this.#rejected);
      case 'problem':
        return this.#say(listener, reading.problem);
      case 'revision':
        return await this.#accept(reading, listener, signal);
      default:
        return reading satisfies never;
    }
  }

  async #accept(
    reading: Extract<Reading, { kind: 'revision' }>,
    listener: SourceListener,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, log, keyPrefix = '', rules = OPEN_POLICY } = this.#options;
    const { snapshot, revision } = reading;
    if (reading.healed) {
      const message =
        'the revision has changed since it was obeyed, so it was seen half then; it is obeyed as it is now';
      log.warn({ source: this.name, revision }, message);
    }
    const steps = readInSteps(snapshot, {
      revision,
      previous: this.#previous,
      keyPrefix,
      rules,
      number: this.#order.next(revision),
      nowMs: clock.wall(),
    });
    const declared = await inSteps(steps, { clock, signal });
    if (declared.bindings.size === 0 && this.#previous.size > 0) {
      const message = `revision ${revision} declares no binding at all; the ${this.#previous.size} that were declared before stay as they are`;
      this.#rejected = { code: 'empty', message };
      return this.#say(listener, this.#rejected);
    }
    const changes = difference(this.#previous, declared.bindings);
    // Before the first reading nothing of what is remembered is in force yet.
    const active = this.#synced ? this.#previous : new Map<BindingKey, Binding>();
    const inForce = difference(active, declared.bindings);
    const removed = await inSteps(removedInSteps(this.#previous, declared.bindings), { clock, signal });
    const report = { ...reportOf(reading, declared), ...changes, declared: declared.bindings };
    const staged = await this.#stage(declared.bindings, signal);
    // Before anything of it is in force: what is written to the cloud is on record then.
    await listener.revision(report);
    signal.throwIfAborted();
    this.#bindings = declared.bindings;
    this.#approvals = this.#order.accept(revision, {
      before: this.#previous,
      after: declared.bindings,
      approvals: documentApprovals(snapshot.parsedFiles, rules),
      nowMs: clock.wall(),
      removed,
    });
    this.#previous = declared.bindings;
    this.#synced = true;
    this.#revision = revision;
    this.#rejected = undefined;
    this.#say(listener, undefined);
    // What was removed while no process ran is told as well: somebody may still remember it.
    const keys = new Set([...inForce.added, ...inForce.changed, ...changes.removed]);
    const taken = listener.changed(keys);
    if (taken !== undefined) await taken;
    signal.throwIfAborted();
    // Only now: a process that ends before this is told of the removed ones again.
    const made = { bindings: declared.bindings, reading, order: this.#order.stored() };
    let isStaged = staged;
    await this.#writer.put(() => {
      const storing = this.#storing(made, isStaged);
      isStaged = false;
      return storing;
    });
  }

  /** Writes what a revision declares so that it can count in one step. Returns whether that succeeded. */
  async #stage(bindings: ReadonlyMap<BindingKey, Binding>, signal: AbortSignal): Promise<boolean> {
    try {
      await inSteps(this.#staging(bindings), { clock: this.#options.clock, signal });
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      // It is tried again once the revision is in force, and told then.
      return false;
    }
  }

  #staging(bindings: ReadonlyMap<BindingKey, Binding>): Generator<void, void> {
    const { added, changed, removed } = difference(this.#stored, bindings);
    const put = [...added, ...changed].flatMap((key) => bindings.get(key) ?? []);
    return stageBindings(this.#options.store, put, removed);
  }

  *#storing({ bindings, reading, order }: Accepted, isStaged: boolean): Generator<void, void> {
    const { commits, store } = this.#options;
    const { commit, folder } = reading.snapshot.publication;
    if (!isStaged) yield* this.#staging(bindings);
    // First: nothing may be known of a commit before it is known what the whole of it reads like.
    if (commit !== undefined && folder !== undefined) commits.remember(commit, folder, reading.content);
    store.commit(order);
    this.#stored = bindings;
  }

  /** Once for each lock. */
  #tellLeftLock(): void {
    const { leftLock } = this.#poller;
    if (leftLock === this.#reportedLock) return;
    this.#reportedLock = leftLock;
    if (leftLock === undefined) return;
    const message = `"${leftLock}" was left behind by a git command that is over, so the checkout is read all the same; remove it, or git itself will not work there`;
    this.#options.log.warn({ source: this.name }, message);
  }

  #say(listener: SourceListener, problem: SourceProblem | undefined): void {
    if (problem?.message === this.#problem?.message) return;
    this.#problem = problem;
    listener.problem(problem);
  }
}

type Changes = Pick<RevisionReport, 'added' | 'changed' | 'removed'>;

function difference(
  before: ReadonlyMap<BindingKey, Binding>,
  after: ReadonlyMap<BindingKey, Binding>,
): Changes {
  const added: BindingKey[] = [];
  const changed: BindingKey[] = [];
  for (const [key, binding] of after) {
    if (!before.has(key)) added.push(key);
    else if (before.get(key) !== binding) changed.push(key);
  }
  return { added, changed, removed: [...before.keys()].filter((key) => !after.has(key)) };
}

function reportOf(
  { snapshot, revision }: Extract<Reading, { kind: 'revision' }>,
  { bindings, diagnostics, permissions, retained }: Declarations,
): Omit<RevisionReport, keyof Changes | 'declared'> {
  return {
    revision,
    files: snapshot.parsedFiles.length,
    documents: snapshot.parsedFiles.reduce((sum, reading) => sum + reading.documents.length, 0),
    skipped: snapshot.parsedFiles.reduce((sum, reading) => sum + reading.skipped, 0),
    diagnostics,
    permissions,
    retained,
    bindings: bindings.size,
  };
}

// Remembers what each binding last validly said, so that a document which is broken at a restart keeps its claims.

/** A binding as it is stored. */
interface StoredDeclaration {
  readonly binding: string;
  readonly file: string;
  readonly body: string;
}

/** The store; the state file's table of declarations is one. */
export interface DeclarationStore {
  all(): readonly StoredDeclaration[];
  /** Writes a revision's changes, which do not count before {@link commit}; yields when other work may go on. */
  stage(put: Iterable<StoredDeclaration>, drop: Iterable<string>): Generator<void, void>;
  /** What was staged counts from now on, all of it. @param order see {@link DeclarationStore.order}; absent: as it was. */
  commit(order?: string): void;
  /** What is remembered of the order of revisions; undefined when nothing is. */
  order?(): string | undefined;
}

/** The bindings of an earlier run. An entry that cannot be read is left out: it then counts as never declared. */
export function loadBindings(store: DeclarationStore): Map<BindingKey, Binding> {
  const bindings = new Map<BindingKey, Binding>();
  for (const { body } of store.all()) {
    try {
      const binding = JSON.parse(body) as Binding;
      if (binding.origin.kind === 'directory') bindings.set(binding.key, binding);
    } catch {
      // Written by a program that failed in the middle; the file declares it anew.
    }
  }
  return bindings;
}

/** Stages a revision's changes, see {@link DeclarationStore.stage}. */
export function stageBindings(
  store: DeclarationStore,
  put: Iterable<Binding>,
  drop: Iterable<BindingKey>,
): Generator<void, void> {
  return store.stage(storedForms(put), drop);
}

function* storedForms(bindings: Iterable<Binding>): Generator<StoredDeclaration> {
  for (const binding of bindings) {
    const { key, origin } = binding;
    const file = origin.kind === 'directory' ? origin.file : '';
    yield { binding: key, file, body: JSON.stringify(binding) };
  }
}
