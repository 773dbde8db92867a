/**
 * The rules of the groups of one scope: those of all lists under care. Read when a group is first looked at, again with each
 * sweep, and before a write that depends on them when that is longer ago. What was read stays in force while reading fails.
 *
 * They are read in portions, one after the other. What somebody waits for goes before what is only looked at, and of each
 * those who ask take turns, so nobody keeps another one waiting for longer than its turn, however many groups it names.
 */
import type { SecurityGroupId } from '../../api/ids.ts';
import { type CloudError, failureText } from '../../core/cloud-error.ts';
import { type BookReading, TEMPLATE_KINDS, updatedBook } from '../../core/firewall/book-update.ts';
import { ListEffects } from '../../core/firewall/list-effects.ts';
import type { GroupRules, TemplateKind } from '../../core/firewall/rules.ts';
import { referredKinds } from '../../core/firewall/rules.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { backoffMs, SLOW_RECHECK_MS } from '../../core/retry.ts';
import type { TrafficMode } from '../../core/settings.ts';
import type { RuleReader, RuleReading } from '../../ports/rules.ts';
import type { Clock } from '../../runtime/clock.ts';
import { Deadlines } from '../../runtime/deadlines.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import { WantedLists } from './wanted-lists.ts';

/** Groups that are looked at within this time are read together. */
const GATHER_MS = 100;
/** Whoever is about to write has a group that could not be read tried again after this. */
const TRY_AGAIN_MS = 10_000;
/** Groups of a portion, at the usual quota the calls of a second. A list is not split, so there may be more. */
const PORTION = 40;
/** What is looked at goes on beside what somebody waits for, so much in each portion. */
const LOOKED_AT_BESIDE = 4;

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
  /** When it ended; earlier when the templates that the group refers to had been listed before. */
  readonly atMs: number;
  readonly end: 'read' | 'passing' | 'lasting';
  /** Who asked for it. */
  readonly turn: string;
}

/** The last try to list templates. */
interface Listing {
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  readonly failed: boolean;
}

/** Groups that are read together, by who asked. */
interface Portion {
  readonly turns: ReadonlyMap<SecurityGroupId, string>;
  /** Since when all of them have been wanted. */
  readonly sinceMs: number;
}

export class ScopeRules {
  readonly #options: ScopeRulesOptions;
  #effects = new ListEffects({ groups: new Map() });
  readonly #tries = new Map<SecurityGroupId, Try>();
  readonly #listings = new Map<TemplateKind, Listing>();
  /** Lists that somebody waits for. */
  readonly #needed = new WantedLists();
  /** Single groups that are to be known all the same. */
  readonly #lookedAt = new WantedLists();
  #underWay: ReadonlyMap<SecurityGroupId, string> = new Map();
  readonly #timer: Deadlines<'read' | 'retry'>;
  readonly #stopped = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  /** Retries in a row after a failure that passes. */
  #retries = 0;
  #retryPlanned = false;
  /** What the log was told of that cannot be read. */
  readonly #warned = new Set<string>();

  constructor(options: ScopeRulesOptions) {
    this.#options = options;
    this.#timer = new Deadlines(options.clock, (due) => {
      if (due.includes('retry')) this.#retry();
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
   * they are being read, and {@link ScopeRulesOptions.onRead} follows: more than once while {@link waits}.
   * @param turn who asks, see `Tenancy.turnOf`; '' for nobody.
   */
  need(groups: Iterable<SecurityGroupId>, turn: string): boolean {
    const list = [...groups];
    const due = list.filter((sgId) => this.#isDue(sgId));
    if (due.length === 0) return true;
    if (due.every((sgId) => this.#underWay.has(sgId))) return false;
    this.#needed.add(list, turn, this.#options.clock.now());
    this.#begin();
    return false;
  }

  /** Whether these groups, which somebody needs, are still waiting for their turn. */
  waits(groups: readonly SecurityGroupId[]): boolean {
    return this.#needed.has(groups) && groups.some((sgId) => this.#isDue(sgId));
  }

  /** These groups are under care: those that nobody has read yet are read soon. @param turn who asks, as in {@link need}. */
  look(groups: Iterable<SecurityGroupId>, turn: string): void {
    const unread = [...groups].filter((sgId) => !this.#tries.has(sgId));
    if (unread.length === 0) return;
    this.#lookAt(unread, turn);
    this.#timer.sooner('read', this.#options.clock.now() + GATHER_MS);
  }

  /**
   * A sweep has come to these groups: they are read again, but for those that somebody first has to make readable.
   * {@link keep} follows. @param turn who asks, as in {@link need}.
   */
  lookAgain(groups: Iterable<SecurityGroupId>, turn: string): void {
    const nowMs = this.#options.clock.now();
    for (const sgId of groups) {
      const last = this.#tries.get(sgId);
      if (last?.end !== 'lasting' || nowMs - last.atMs >= SLOW_RECHECK_MS) this.#lookAt([sgId], turn);
    }
  }

  /**
   * Exactly these groups are under care now: all else is forgotten, and waits no more. Who needs others all the same asks
   * again when the portion under way ends.
   */
  keep(groups: ReadonlySet<SecurityGroupId>): void {
    for (const sgId of this.#tries.keys()) if (!groups.has(sgId)) this.#tries.delete(sgId);
    this.#lookedAt.retain(groups);
    this.#needed.retain(groups);
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

  /** @param share of the time for which what was read is good enough. */
  #isDue(sgId: SecurityGroupId, share = 1): boolean {
    const last = this.#tries.get(sgId);
    if (last === undefined) return true;
    const { clock, maxAgeMs } = this.#options;
    const goodForMs = last.end === 'read' ? maxAgeMs : Math.min(maxAgeMs, TRY_AGAIN_MS);
    return clock.now() - last.atMs >= goodForMs * share;
  }

  /** What a portion under way reads is not read again. */
  #lookAt(groups: Iterable<SecurityGroupId>, turn: string): void {
    const nowMs = this.#options.clock.now();
    for (const sgId of groups) if (!this.#underWay.has(sgId)) this.#lookedAt.add([sgId], turn, nowMs);
  }

  #failedForNow(): (readonly [SecurityGroupId, Try])[] {
    return [...this.#tries].filter(([, { end }]) => end === 'passing');
  }

  #retry(): void {
    this.#retryPlanned = false;
    for (const [sgId, { turn }] of this.#failedForNow()) this.#lookAt([sgId], turn);
  }

  #begin(): void {
    const { scope, leadership } = this.#options;
    if (this.#stopped.signal.aborted || this.#underWay.size > 0 || !leadership.mayAct(scopeKey(scope)))
      return;
    const portion = this.#takePortion();
    if (portion.turns.size === 0) return;
    this.#underWay = portion.turns;
    this.#timer.clear('read');
    this.#ended = this.#read(portion);
  }

  #takePortion(): Portion {
    const turns = new Map<SecurityGroupId, string>();
    let sinceMs = Number.NEGATIVE_INFINITY;
    const fill = (lists: WantedLists, most: number, isWanted: (sgId: SecurityGroupId) => boolean) => {
      while (turns.size < most) {
        const list = lists.take();
        if (list === undefined) return;
        const wanted = list.groups.filter((sgId) => !turns.has(sgId) && isWanted(sgId));
        if (wanted.length > 0) sinceMs = Math.max(sinceMs, list.sinceMs);
        const [turn = ''] = list.turns;
        for (const sgId of wanted) turns.set(sgId, turn);
      }
    };
    // What is nearly due is read with the rest of its list: it would be due when that is known.
    fill(this.#needed, PORTION, (sgId) => this.#isDue(sgId, 0.5));
    fill(this.#lookedAt, turns.size === 0 ? PORTION : turns.size + LOOKED_AT_BESIDE, () => true);
    return { turns, sinceMs };
  }

  async #read({ turns, sinceMs }: Portion): Promise<void> {
    const { reader, signal, clock } = this.#options;
    const beganAtMs = clock.now();
    // Portions that were wanted together share a listing.
    const listed = [...this.#listings].flatMap(([kind, last]) => (last.beganAtMs >= sinceMs ? [kind] : []));
    const reading = await this.#answer(
      (inner) => reader.readRules(turns.keys(), inner, { listed: new Set(listed) }),
      AbortSignal.any([signal, this.#stopped.signal]),
    );
    this.#underWay = new Map();
    if (reading === undefined) return;
    this.#learn(turns, reading, beganAtMs);
    this.#begin();
  }

  /** Undefined when nobody waits for it any more. */
  async #answer(
    read: (signal: AbortSignal) => Promise<RuleReading>,
    signal: AbortSignal,
  ): Promise<RuleReading | undefined> {
    try {
      const reading = await read(signal);
      return signal.aborted ? undefined : reading;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  #learn(turns: Portion['turns'], answer: RuleReading, beganAtMs: number): void {
    const { onRead } = this.#options;
    const groups = [...turns.keys()];
    const reading = answer.ok ? complete(groups, answer) : this.#failedReading(groups, answer.error);
    this.#noteListings(reading, beganAtMs);
    for (const [sgId, rules] of reading.book.groups) this.#noteTry(sgId, rules, turns.get(sgId) ?? '');
    this.#planRetry(reading, !answer.ok && answer.error.kind === 'region');
    this.#warn(reading, answer);
    const before = this.#effects;
    const known = this.#known(reading);
    const { book, changed, first } = updatedBook(known, reading);
    if (book !== known) this.#effects = before.by(book);
    onRead({ before, after: this.#effects, changed, first });
  }

  #noteListings({ book, unread }: BookReading, beganAtMs: number): void {
    const endedAtMs = this.#options.clock.now();
    for (const kind of TEMPLATE_KINDS) {
      const failed = unread.some((one) => one.kind === kind);
      if (failed || book[kind] !== undefined) this.#listings.set(kind, { beganAtMs, endedAtMs, failed });
    }
  }

  #noteTry(sgId: SecurityGroupId, rules: GroupRules, turn: string): void {
    const nowMs = this.#options.clock.now();
    const listedAtMs = referredKinds([rules]).map((kind) => this.#listings.get(kind)?.endedAtMs ?? nowMs);
    const atMs = Math.min(nowMs, ...listedAtMs);
    this.#tries.set(sgId, { atMs, end: endOf(rules), turn });
    // Whoever comes to it from here on wants it anew.
    this.#lookedAt.forget([sgId], atMs);
  }

  /** Groups that could not be read for now are tried again by themselves. Portions that end until then put nothing off. */
  #planRetry({ book }: BookReading, isRegion: boolean): void {
    const { clock, random } = this.#options;
    if (this.#failedForNow().length === 0) {
      this.#retries = 0;
      this.#retryPlanned = false;
      return this.#timer.clear('retry');
    }
    if (this.#retryPlanned || ![...book.groups.values()].some((rules) => endOf(rules) === 'passing')) return;
    this.#retryPlanned = true;
    this.#retries++;
    const waitMs = isRegion ? SLOW_RECHECK_MS : backoffMs(this.#retries, random.next());
    this.#timer.set('retry', clock.now() + waitMs);
  }

  /** The present book without what is under care no more. */
  #known({ book }: BookReading) {
    const { groups } = this.#effects.book;
    const kept = [...groups].filter(([sgId]) => this.#tries.has(sgId) || book.groups.has(sgId));
    return { ...this.#effects.book, groups: new Map(kept) };
  }

  /** A failure that every call meets says nothing of any group. */
  #failedReading(groups: readonly SecurityGroupId[], error: CloudError): BookReading {
    const unreadable = failureText(error, this.#options.scope.region);
    const failed: GroupRules = { unreadable, passing: true };
    return { book: { groups: new Map(groups.map((sgId) => [sgId, failed])) }, unread: [] };
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
    if (this.#warned.size > 0 && failures.length + listings.length === 0 && this.#isAllRead)
      this.#warned.clear();
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
    const { groups } = this.#effects.book;
    return (
      [...this.#tries.values()].every(({ end }) => end === 'read') &&
      referredKinds(groups.values()).every((kind) => this.#listings.get(kind)?.failed !== true)
    );
  }
}

/** What was not even asked for because another call failed can be asked for again. */
function complete(
  groups: readonly SecurityGroupId[],
  { book, unread }: Extract<RuleReading, { readonly ok: true }>,
): BookReading {
  const rules = new Map(groups.map((sgId) => [sgId, book.groups.get(sgId) ?? UNASKED]));
  return { book: { ...book, groups: rules }, unread };
}

const UNASKED: GroupRules = { unreadable: 'the rules were not read', passing: true };

function endOf(rules: GroupRules): Try['end'] {
  if (!('unreadable' in rules)) return 'read';
  return rules.passing ? 'passing' : 'lasting';
}
