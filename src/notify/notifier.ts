/**
 * Tells people what is published, found and refused: one message for one cause. It is told what the engine tells others too,
 * and returns at once; the queues of the targets do the rest.
 */

import type { BindingKey } from '../api/ids.ts';
import { placedHint } from '../core/approve-hint.ts';
import { opensAnything, trafficNote } from '../core/firewall/traffic-note.ts';
import { scopeKey } from '../core/model.ts';
import { shellWord } from '../core/text/shell-word.ts';
import { count, listText, someOf } from '../core/text/words.ts';
import type { RevisionReport, SourceProblem } from '../ports/source.ts';
import type { BindingStatus, Sink } from '../ports/status.ts';
import type { DriftTraffic, RuleTraffic } from '../ports/traffic.ts';
import type { BindingWrites, WriteRecorder } from '../ports/writes.ts';
import type { Clock } from '../runtime/clock.ts';
import { LastingCauses, type LastingCausesOptions, type SentCauses } from './lasting-causes.ts';
import type { Notification } from './notification.ts';
import { type Cause, causesOf } from './status-causes.ts';
import type { TargetQueue } from './target-queue.ts';

export interface NotifierOptions {
  readonly clock: Clock;
  readonly targets: readonly Pick<TargetQueue, 'add' | 'finish'>[];
  /** Absent: nothing outlives the process. */
  readonly sent?: SentCauses | undefined;
  /** As {@link LastingCausesOptions.mayTell}; absent: there is no other replica. */
  readonly mayTell?: LastingCausesOptions['mayTell'];
  /** The directory that is followed, for commands that messages name. */
  readonly directory: string | undefined;
  /**
   * What another process, or replica, published last of a binding, as it is read; undefined: nothing. Absent: what they told
   * stands in {@link sent}, or nowhere.
   */
  readonly earlier?: (key: BindingKey) => BindingStatus | undefined;
}

/** Who published something so short a time ago may have ended before it was told. */
const UNTOLD_MS = 60_000;
/** Drift that comes back sooner is a fight, and told as such. */
const SAME_DRIFT_MS = 600_000;
const REMEMBERED = 10_000;
const TOLD_PLACES = 10;

interface Known {
  readonly scope: string;
  readonly causes: ReadonlySet<string>;
  /** Of Ready. */
  readonly reason: string;
  readonly mode: string | undefined;
}

export class Notifier implements Sink, WriteRecorder {
  readonly #options: NotifierOptions;
  readonly #lasting: LastingCauses;
  readonly #known = new Map<BindingKey, Known>();
  /** Bindings of which another replica may have told something meanwhile. */
  readonly #regained = new Set<BindingKey>();
  /** When drift, and changed rules, were told. */
  readonly #toldMs = new Map<string, number>();

  constructor(options: NotifierOptions) {
    this.#options = options;
    const { clock, sent, mayTell = () => true } = options;
    this.#lasting = new LastingCauses({ clock, sent, mayTell, send: (...sending) => this.#send(...sending) });
  }

  publish(statuses: readonly BindingStatus[]): void {
    for (const status of statuses) this.#publishOne(status);
  }

  remove(keys: readonly BindingKey[]): void {
    for (const key of keys) {
      for (const cause of this.#known.get(key)?.causes ?? []) this.#lasting.over(cause, key);
      this.#known.delete(key);
      this.#regained.delete(key);
    }
  }

  /** This replica speaks for a scope from now on. */
  gained(gained: string): void {
    for (const [key, { scope }] of this.#known) if (scope === gained) this.#regained.add(key);
  }

  previous(): readonly [] {
    return [];
  }

  /** A source cannot be read as it should; undefined: it can again. */
  problem(source: string, problem: SourceProblem | undefined): void {
    const key = `source ${source}`;
    this.#lasting.endAll(`${key} `);
    if (problem === undefined) return;
    const cause: Cause = {
      ...{ key: `${key} ${problem.code}`, kind: 'source', severity: 'error', reason: 'SourceProblem' },
      title: `the source ${source} cannot be read as it should; what was declared before stays in force`,
      details: [problem.message],
      scope: '',
    };
    this.#lasting.begin(cause, undefined);
  }

  /** A revision was read. What is wrong with documents that have declared nothing yet is told by their places. */
  revision(
    source: string,
    { diagnostics, retained }: Pick<RevisionReport, 'diagnostics' | 'retained'>,
  ): void {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const places = errors.map(({ file, line, column, rule }) => `${file}:${line}:${column} (${rule})`);
    const key = `documents ${source} ${places.join(' ')}`;
    if (this.#lasting.has(key)) return;
    this.#lasting.endAll(`documents ${source} `);
    // A binding that keeps what it last validly said is told by its status.
    const files = new Set(errors.map(({ file }) => file));
    if (files.size <= retained.length) return;
    const cause: Cause = {
      ...{ key, kind: 'source', severity: 'warning', reason: 'InvalidDocument', scope: '' },
      title: `${count(files.size, 'file')} of ${source} ${files.size === 1 ? 'is' : 'are'} not valid`,
      details: [...places.slice(0, TOLD_PLACES), ...(places.length > TOLD_PLACES ? ['and more'] : [])],
    };
    this.#lasting.begin(cause, undefined);
  }

  written(): void {}

  driftFound(writes: BindingWrites, isRepaired: boolean): void {
    const { instanceIds, lists, changes } = writes;
    const who = `${count(instanceIds.length, 'instance')} (${someOf(instanceIds)})`;
    const given = someOf([...new Set(lists.map(({ before }) => listText(before)))]);
    const opened = trafficNote(changes, { past: true }).sentences;
    this.#tellDrift(writes, {
      severity: opensAnything(changes) ? 'error' : 'warning',
      title: isRepaired ? 'drift was found and repaired' : 'drift was found; it is not repaired yet',
      details: [...opened, `somebody gave ${who} the list ${given}`],
    });
  }

  driftRepaired(writes: BindingWrites): void {
    const { binding, scope, instanceIds } = writes;
    const details = [`${count(instanceIds.length, 'instance')} (${someOf(instanceIds)})`];
    this.#send({
      ...{ kind: 'drift', severity: 'info', reason: 'DriftRepaired', title: 'drift is repaired', details },
      ...{ atMs: this.#options.clock.wall(), bindings: [binding], scope: scopeKey(scope) },
    });
  }

  /** Drift that is repaired is told with its repair. */
  drifted(drift: DriftTraffic): void {
    const mode = this.#known.get(drift.binding)?.mode;
    if (mode === undefined || mode === 'Enforce') return;
    const { instanceIds, observed, changes } = drift;
    const who = `${count(instanceIds.length, 'instance')} (${someOf(instanceIds)})`;
    this.#tellDrift(drift, {
      severity: opensAnything(changes) ? 'error' : 'warning',
      title: `drift was found; it is not repaired: ${mode}`,
      details: [
        ...trafficNote(changes, { past: true }).sentences,
        `somebody gave ${who} the list ${listText(observed)}`,
      ],
    });
  }

  rulesChanged({ binding, scope, instanceIds, changedGroups, changes }: RuleTraffic): void {
    if (!opensAnything(changes)) return;
    const { sentences } = trafficNote(changes, { past: true });
    if (this.#isRepeated(`rules ${binding} ${changedGroups.join()} ${sentences.join()}`)) return;
    const who = `${count(instanceIds.length, 'instance')} (${someOf(instanceIds)})`;
    this.#send({
      ...{ kind: 'rules', severity: 'error', reason: 'RulesChanged' },
      title: `changed rules of ${someOf(changedGroups)} have opened traffic`,
      details: [...sentences, `for ${who}`],
      ...{ atMs: this.#options.clock.wall(), bindings: [binding], scope: scopeKey(scope) },
    });
  }

  /** Resolves when what waits is sent, or given up. */
  async finish(): Promise<void> {
    this.#lasting.finish();
    await Promise.all(this.#options.targets.map((target) => target.finish()));
  }

  #publishOne(status: BindingStatus): void {
    const { key, conditions, mode } = status;
    const ready = conditions.find(({ type }) => type === 'Ready');
    if (ready === undefined) return;
    const before = this.#known.get(key);
    if (before === undefined || this.#regained.delete(key)) this.#recall(key);
    const flags = this.#flags(status);
    const causes = causesOf(status).map((cause) => placedCause(cause, flags));
    const present = new Set(causes.map((cause) => cause.key));
    for (const cause of before?.causes ?? []) if (!present.has(cause)) this.#lasting.over(cause, key);
    for (const cause of causes) if (!before?.causes.has(cause.key)) this.#lasting.begin(cause, key);
    const scope = scopeKey(status.scope);
    this.#known.set(key, { scope, causes: present, reason: ready.reason, mode });
    if (before?.reason !== 'InSync' || !NOT_REPAIRED.has(ready.reason)) return;
    // Where its traffic is known it was told with that.
    if (this.#isRecent(driftKey(key))) return;
    const title = `drift was found; it is not repaired: ${mode ?? ready.reason}`;
    this.#tellDrift(
      { binding: key, scope: status.scope },
      { severity: 'warning', title, details: [ready.message] },
    );
  }

  /** What stands in the status of an object was told by who wrote it, unless that was a moment ago. */
  #recall(key: BindingKey): void {
    const { earlier, clock } = this.#options;
    const status = earlier?.(key);
    const ready = status?.conditions.find(({ type }) => type === 'Ready');
    if (status === undefined || ready === undefined) return;
    if (clock.wall() - Date.parse(ready.lastTransitionTime) < UNTOLD_MS) return;
    for (const cause of causesOf(status)) this.#lasting.recall(cause.key, clock.now());
  }

  #tellDrift(
    { binding, scope }: Pick<DriftTraffic, 'binding' | 'scope'>,
    said: Pick<Notification, 'severity' | 'title' | 'details'>,
  ): void {
    if (this.#isRepeated(`${driftKey(binding)} ${said.details.join()}`)) return;
    this.#tell(driftKey(binding));
    const atMs = this.#options.clock.wall();
    this.#send({
      ...{ kind: 'drift', reason: 'DriftFound', ...said, atMs, bindings: [binding], scope: scopeKey(scope) },
    });
  }

  #isRepeated(key: string): boolean {
    if (this.#isRecent(key)) return true;
    this.#tell(key);
    return false;
  }

  #isRecent(key: string): boolean {
    const toldMs = this.#toldMs.get(key) ?? Number.NEGATIVE_INFINITY;
    return this.#options.clock.now() - toldMs < SAME_DRIFT_MS;
  }

  #tell(key: string): void {
    this.#toldMs.delete(key);
    this.#toldMs.set(key, this.#options.clock.now());
    if (this.#toldMs.size > REMEMBERED) this.#toldMs.delete(this.#toldMs.keys().next().value as string);
  }

  /** @param settled called when no target waits for it any more. */
  #send(notification: Notification, settled = () => {}): void {
    const { targets } = this.#options;
    let waiting = targets.length;
    for (const target of targets) target.add(notification, () => --waiting === 0 && settled());
  }

  #flags({ origin }: BindingStatus): string {
    if (origin.kind === 'kubernetes') return '--kubernetes';
    return `--source ${shellWord(this.#options.directory ?? 'DIR')}`;
  }
}

const NOT_REPAIRED: ReadonlySet<string> = new Set(['ObserveOnly', 'Suspended']);

/** The same, with hints that work where it is read. */
function placedCause(cause: Cause, flags: string): Cause {
  const details = cause.details.map((detail) => placedHint(detail, flags));
  return { ...cause, key: placedHint(cause.key, flags), details };
}

function driftKey(binding: BindingKey): string {
  return `drift ${binding}`;
}
