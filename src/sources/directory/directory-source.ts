/**
 * Bindings from YAML files in a directory that git-sync, a ConfigMap volume or a person changes.
 *
 * Only whole revisions count: the path is resolved, everything under the resolved path is read, the path is resolved
 * again; anything that moved meanwhile discards the reading. A missing, empty, unreadable or altered tree changes
 * nothing and says so.
 */

import type { Approval } from '../../api/approval.ts';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import type { PermissionRules } from '../../core/permission.ts';
import { OPEN_POLICY } from '../../core/policy.ts';
import { Tenancy } from '../../core/tenancy.ts';
import type { Log } from '../../runtime/log.ts';
import { Persister } from '../../runtime/persister.ts';
import { inTurns } from '../../runtime/turns.ts';
import type { RevisionReport, Source, SourceListener, SourceProblem } from '../port.ts';
import { type DeclarationStore, loadBindings, storeBindings } from './declaration-store.ts';
import { type Declarations, readInSteps } from './declarations.ts';
import { documentApprovals } from './permissions.ts';
import { watchedFolder } from './publication.ts';
import { RevisionOrder } from './revision-order.ts';
import { type Reading, RevisionPoller, type RevisionPollerOptions } from './revision-poller.ts';
import type { Snapshot } from './snapshot-reader.ts';
import type { Watch } from './watcher.ts';

export interface DirectorySourceOptions extends RevisionPollerOptions {
  readonly log: Log;
  readonly store: DeclarationStore;
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

export class DirectorySource implements Source {
  readonly name: string;
  readonly #options: DirectorySourceOptions;
  readonly #poller: RevisionPoller;
  readonly #persister: Persister;
  #bindings: ReadonlyMap<BindingKey, Binding> = new Map();
  #previous: ReadonlyMap<BindingKey, Binding>;
  /** What the store holds; it falls behind while it cannot be written. */
  #stored: ReadonlyMap<BindingKey, Binding>;
  readonly #order: RevisionOrder;
  #approvals: readonly Approval[] = [];
  #synced = false;
  #revision = '';
  #problem: SourceProblem | undefined;
  /** Why the newest revision is not in force. */
  #rejected: SourceProblem | undefined;

  constructor(options: DirectorySourceOptions) {
    this.name = options.root;
    this.#options = options;
    this.#poller = new RevisionPoller(options);
    this.#persister = new Persister({ ...options, what: 'the declarations' });
    this.#stored = loadBindings(options.store);
    this.#previous = this.#stored;
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

  get(key: BindingKey): Binding | undefined {
    return this.#bindings.get(key);
  }

  declaredBefore(key: BindingKey): Binding | undefined {
    return this.#previous.get(key);
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

  /** Stores what the newest revision declares, if that is still to be done. @throws the store's error when it cannot be. */
  settle(): void {
    this.#persister.settle();
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
        this.#persister.again();
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
    const reading = await this.#poller.look(signal, filesOf(this.#previous.values()));
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
    const { clock, keyPrefix = '', rules = OPEN_POLICY } = this.#options;
    const { snapshot, revision } = reading;
    const steps = readInSteps(snapshot, {
      revision,
      previous: this.#previous,
      keyPrefix,
      rules,
      number: this.#order.next(revision),
      nowMs: clock.wall(),
    });
    const declared = await inTurns(steps, { clock, signal });
    if (declared.bindings.size === 0 && this.#previous.size > 0) {
      const message = `revision ${revision} declares no binding at all; the ${this.#previous.size} that were declared before stay as they are`;
      this.#rejected = { code: 'empty', message };
      return this.#say(listener, this.#rejected);
    }
    const changes = difference(this.#previous, declared.bindings);
    // Before the first reading nothing of what is remembered is in force yet.
    const active = this.#synced ? this.#previous : new Map<BindingKey, Binding>();
    const inForce = difference(active, declared.bindings);
    this.#bindings = declared.bindings;
    this.#approvals = this.#order.accept(revision, {
      before: this.#previous,
      after: declared.bindings,
      approvals: documentApprovals(snapshot.readings, rules),
      nowMs: clock.wall(),
    });
    this.#previous = declared.bindings;
    this.#synced = true;
    this.#revision = revision;
    this.#rejected = undefined;
    this.#say(listener, undefined);
    listener.revision({
      ...reportOf(reading, declared),
      ...changes,
      retained: declared.retained,
      bindings: declared.bindings.size,
    });
    // What was removed while no process ran is told as well: somebody may still remember it.
    listener.changed(new Set([...inForce.added, ...inForce.changed, ...changes.removed]));
    // Only now: a process that ends before this is told of the removed ones again.
    const order = this.#order.stored();
    this.#persister.put(() => this.#remember(declared.bindings, snapshot, order));
  }

  #remember(
    bindings: ReadonlyMap<BindingKey, Binding>,
    { publication, digest }: Snapshot,
    order: string,
  ): void {
    const { added, changed, removed } = difference(this.#stored, bindings);
    const put = [...added, ...changed].flatMap((key) => bindings.get(key) ?? []);
    const { commits, store } = this.#options;
    const { commit, folder } = publication;
    // First: nothing may be known of a commit before it is known what the whole of it reads like.
    if (commit !== undefined && folder !== undefined) commits.remember(commit, folder, digest);
    storeBindings(store, put, removed, order);
    this.#stored = bindings;
  }

  #say(listener: SourceListener, problem: SourceProblem | undefined): void {
    if (problem?.message === this.#problem?.message) return;
    this.#problem = problem;
    listener.problem(problem);
  }
}

function filesOf(bindings: Iterable<Binding>): Set<string> {
  const files = new Set<string>();
  for (const { origin } of bindings) if (origin.kind === 'directory') files.add(origin.file);
  return files;
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
  { findings, permissions }: Declarations,
): Pick<RevisionReport, 'revision' | 'files' | 'documents' | 'skipped' | 'findings' | 'permissions'> {
  return {
    revision,
    files: snapshot.readings.length,
    documents: snapshot.readings.reduce((sum, reading) => sum + reading.documents.length, 0),
    skipped: snapshot.readings.reduce((sum, reading) => sum + reading.skipped, 0),
    findings,
    permissions,
  };
}
