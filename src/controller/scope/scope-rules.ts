/**
 * The rules of the groups of one scope: those of all lists under care. Read when a group is first looked at, again with each
 * sweep, and before a write that depends on them when that is longer ago. What was read stays in force while reading fails.
 */
import type { SecurityGroupId } from '../../api/ids.ts';
import { type CloudError, failureText } from '../../core/cloud-error.ts';
import { type BookReading, updatedBook } from '../../core/firewall/book-update.ts';
import { ListEffects } from '../../core/firewall/list-effects.ts';
import type { GroupRules } from '../../core/firewall/rules.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { backoffMs, SLOW_RECHECK_MS } from '../../core/retry.ts';
import type { TrafficMode } from '../../core/settings.ts';
import type { RuleReader, RuleReading } from '../../ports/rules.ts';
import type { Clock } from '../../runtime/clock.ts';
import { Deadlines } from '../../runtime/deadlines.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';

/** Groups that are looked at within this time are read together. */
const GATHER_MS = 100;
/** Whoever is about to write has a group that could not be read tried again after this. */
const TRY_AGAIN_MS = 10_000;

/** What a reading has told; both are the same when nothing reads otherwise. */
export interface RuleNews {
  readonly before: ListEffects;
  readonly after: ListEffects;
  /** Groups whose rules, or the templates that they refer to, read otherwise than before. */
  readonly changed: ReadonlySet<SecurityGroupId>;
  /** Groups that were read, or tried, for the first time. */
  readonly first: ReadonlySet<SecurityGroupId>;
}

export interface ScopeRulesOptions {
  readonly scope: Scope;
  readonly reader: RuleReader;
  readonly mode: Exclude<TrafficMode, 'off'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What was read longer ago is read again before somebody writes by it. */
  readonly maxAgeMs: number;
  /** It reads while this replica acts for the scope. */
  readonly leadership: Pick<Leadership, 'mayAct'>;
  /** A reading has ended, well or not. */
  readonly onRead: (news: RuleNews) => void;
}

/** How the last try to read a group ended: `passing` and `lasting` are failures. */
interface Try {
  readonly endedAtMs: number;
  readonly end: 'read' | 'passing' | 'lasting';
}

export class ScopeRules {
  readonly #options: ScopeRulesOptions;
  #effects = new ListEffects({ groups: new Map() });
  readonly #tries = new Map<SecurityGroupId, Try>();
  /** To be read next. */
  #wanted = new Set<SecurityGroupId>();
  #underWay: ReadonlySet<SecurityGroupId> = new Set();
  readonly #timer: Deadlines<'read' | 'retry'>;
  readonly #stopped = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  /** Readings in a row with a failure that passes. */
  #failures = 0;
  /** What the log was told of that cannot be read. */
  readonly #warned = new Set<string>();

  constructor(options: ScopeRulesOptions) {
    this.#options = options;
    this.#timer = new Deadlines(options.clock, (due) => {
      if (due.includes('retry')) this.#want(this.#failedForNow());
      this.#begin();
    });
  }

  get mode(): 'auto' | 'require' {
    return this.#options.mode;
  }

  /** What changes of lists come to, by what is known at present. Another object only when something reads otherwise. */
  get effects(): ListEffects {
    return this.#effects;
  }

  /** Rules that were read once stay `known` while reading them again fails for now. */
  state(sgId: SecurityGroupId): 'unread' | 'known' | 'unreadable' {
    const rules = this.#tries.has(sgId) ? this.#effects.book.groups.get(sgId) : undefined;
    if (rules === undefined) return 'unread';
    return 'unreadable' in rules ? 'unreadable' : 'known';
  }

  /**
   * Somebody is about to write lists with these groups: true when all of them were read lately, or could not be. Otherwise
   * they are being read, and {@link ScopeRulesOptions.onRead} follows.
   */
  need(groups: Iterable<SecurityGroupId>): boolean {
    const due = [...groups].filter((sgId) => this.#isDue(sgId));
    if (due.length === 0) return true;
    this.#want(due);
    this.#begin();
    return false;
  }

  /** These groups are under care: those that nobody has read yet are read soon. */
  look(groups: Iterable<SecurityGroupId>): void {
    const unread = [...groups].filter((sgId) => !this.#tries.has(sgId) && !this.#wanted.has(sgId));
    if (unread.length === 0) return;
    this.#want(unread);
    if (this.#wanted.size > 0) this.#timer.sooner('read', this.#options.clock.now() + GATHER_MS);
  }

  /** Exactly these groups are under care now: they are read again, but for those that somebody first has to make readable. */
  refresh(groups: Iterable<SecurityGroupId>): void {
    const { clock } = this.#options;
    const care = new Set(groups);
    for (const sgId of this.#tries.keys()) if (!care.has(sgId)) this.#tries.delete(sgId);
    this.#want(
      [...care].filter((sgId) => {
        const last = this.#tries.get(sgId);
        return last?.end !== 'lasting' || clock.now() - last.endedAtMs >= SLOW_RECHECK_MS;
      }),
    );
    this.#begin();
  }

  /** This replica acts for the scope from now on: reads what it was asked for before. */
  gained(): void {
    this.#begin();
  }

  /** Reads nothing any more; of a reading under way nothing is told. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#timer.close();
    await this.#ended;
  }

  #isDue(sgId: SecurityGroupId): boolean {
    const last = this.#tries.get(sgId);
    if (last === undefined) return true;
    const { clock, maxAgeMs } = this.#options;
    const ageMs = clock.now() - last.endedAtMs;
    return ageMs >= (last.end === 'read' ? maxAgeMs : Math.min(maxAgeMs, TRY_AGAIN_MS));
  }

  #want(groups: Iterable<SecurityGroupId>): void {
    for (const sgId of groups) if (!this.#underWay.has(sgId)) this.#wanted.add(sgId);
  }

  #failedForNow(): SecurityGroupId[] {
    return [...this.#tries].flatMap(([sgId, { end }]) => (end === 'passing' ? [sgId] : []));
  }

  #begin(): void {
    const { scope, leadership } = this.#options;
    if (this.#stopped.signal.aborted || !leadership.mayAct(scopeKey(scope))) return;
    if (this.#underWay.size > 0 || this.#wanted.size === 0) return;
    this.#underWay = this.#wanted;
    this.#wanted = new Set();
    this.#timer.clear('read');
    this.#ended = this.#read(this.#underWay);
  }

  async #read(groups: ReadonlySet<SecurityGroupId>): Promise<void> {
    const { reader, signal } = this.#options;
    const reading = await this.#answer(reader, groups, AbortSignal.any([signal, this.#stopped.signal]));
    this.#underWay = new Set();
    if (reading === undefined) return;
    this.#learn(groups, reading);
    this.#begin();
  }

  /** Undefined when nobody waits for it any more. */
  async #answer(
    reader: RuleReader,
    groups: ReadonlySet<SecurityGroupId>,
    signal: AbortSignal,
  ): Promise<RuleReading | undefined> {
    try {
      const reading = await reader.readRules(groups, signal);
      return signal.aborted ? undefined : reading;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  #learn(groups: ReadonlySet<SecurityGroupId>, answer: RuleReading): void {
    const { clock, onRead } = this.#options;
    const reading = answer.ok ? complete(groups, answer) : this.#failedReading(groups, answer.error);
    const endedAtMs = clock.now();
    for (const [sgId, rules] of reading.book.groups) this.#tries.set(sgId, { endedAtMs, end: endOf(rules) });
    this.#planRetry(!answer.ok && answer.error.kind === 'region');
    this.#warn(reading, answer);
    const before = this.#effects;
    const { book, changed, first } = updatedBook(this.#known(reading), reading);
    if (changed.size + first.size > 0) this.#effects = new ListEffects(book);
    onRead({ before, after: this.#effects, changed, first });
  }

  /** Groups that could not be read for now are tried again by themselves. */
  #planRetry(isRegion: boolean): void {
    const { clock, random } = this.#options;
    const failed = this.#failedForNow().length > 0;
    this.#failures = failed ? this.#failures + 1 : 0;
    if (!failed) return this.#timer.clear('retry');
    const waitMs = isRegion ? SLOW_RECHECK_MS : backoffMs(this.#failures, random.next());
    this.#timer.set('retry', clock.now() + waitMs);
  }

  /** The present book without what is under care no more. */
  #known({ book }: BookReading) {
    const { groups } = this.#effects.book;
    const kept = [...groups].filter(([sgId]) => this.#tries.has(sgId) || book.groups.has(sgId));
    return { ...this.#effects.book, groups: new Map(kept) };
  }

  /** A failure that every call meets says nothing of any group. */
  #failedReading(groups: ReadonlySet<SecurityGroupId>, error: CloudError): BookReading {
    const unreadable = failureText(error, this.#options.scope.region);
    const failed: GroupRules = { unreadable, passing: true };
    return { book: { groups: new Map([...groups].map((sgId) => [sgId, failed])) }, unread: [] };
  }

  /** Once, until everything could be read again. */
  #warn({ book }: BookReading, answer: RuleReading): void {
    const { log, scope, mode } = this.#options;
    const failures = [...book.groups].flatMap(([sgId, rules]) =>
      'unreadable' in rules ? [{ kind: 'rules', what: `the rules of ${sgId}`, why: rules.unreadable }] : [],
    );
    const listings = answer.ok
      ? answer.unread.map(({ what, reason }) => ({ kind: what, what, why: reason }))
      : [];
    if (failures.length + listings.length === 0 && this.#isAllRead) this.#warned.clear();
    const unheard = [...failures, ...listings].filter(({ kind }) => !this.#warned.has(kind));
    for (const { kind } of unheard) this.#warned.add(kind);
    const [first, ...others] = unheard;
    if (first === undefined) return;
    const more = others.length === 0 ? '' : ` (nor ${others.length} more)`;
    const then =
      mode === 'require'
        ? 'changes whose effect depends on them are refused'
        : 'what depends on them cannot be told, and holds nothing up';
    log.warn({ scope: scopeKey(scope) }, `${first.what} cannot be read${more}: ${first.why}; ${then}`);
  }

  get #isAllRead(): boolean {
    return [...this.#tries.values()].every(({ end }) => end === 'read');
  }
}

/** What was not even asked for because another call failed can be asked for again. */
function complete(
  groups: ReadonlySet<SecurityGroupId>,
  { book, unread }: Extract<RuleReading, { readonly ok: true }>,
): BookReading {
  const rules = new Map([...groups].map((sgId) => [sgId, book.groups.get(sgId) ?? UNASKED]));
  return { book: { ...book, groups: rules }, unread };
}

const UNASKED: GroupRules = { unreadable: 'the rules were not read', passing: true };

function endOf(rules: GroupRules): Try['end'] {
  if (!('unreadable' in rules)) return 'read';
  return rules.passing ? 'passing' : 'lasting';
}
