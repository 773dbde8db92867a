/** What changes of lists open and close by the rules of one book. Each pair of lists is compared once, whoever asks. */
import type { GroupList } from '../model.ts';
import { CompiledRules } from './compiled-rules.ts';
import type { RuleBook } from './rules.ts';
import { type TrafficReport, trafficChanges } from './traffic-changes.ts';

/** Pairs that are remembered; a fleet has a few hundred, and drift brings new ones. */
const MOST_PAIRS = 5_000;

const NO_GROUPS: GroupList = [];

export class ListEffects {
  readonly book: RuleBook;
  #rules: CompiledRules | undefined;
  #reports = new Map<string, TrafficReport>();
  /** By the list itself: most instances of a fleet share theirs, and all are looked at. */
  #allowed = new WeakMap<GroupList, TrafficReport>();

  constructor(book: RuleBook) {
    this.book = book;
  }

  /** By a later book. What was compared is not compared again when both know the same rules. */
  by(book: RuleBook): ListEffects {
    const later = new ListEffects(book);
    if (!knowSame(this.book, book)) return later;
    later.#rules = this.#rules;
    later.#reports = this.#reports;
    later.#allowed = this.#allowed;
    return later;
  }

  /** The rules of the book, made when they are first asked for. */
  get rules(): CompiledRules {
    this.#rules ??= new CompiledRules(this.book);
    return this.#rules;
  }

  /** What becomes of the traffic of one instance whose list changes. */
  change(before: GroupList, after: GroupList): TrafficReport {
    const pair = `${before.join()}>${after.join()}`;
    const known = this.#reports.get(pair);
    if (known !== undefined) return known;
    const report = trafficChanges(this.rules, [{ before, after }]);
    const [oldest] = this.#reports.keys();
    if (oldest !== undefined && this.#reports.size >= MOST_PAIRS) this.#reports.delete(oldest);
    this.#reports.set(pair, report);
    return report;
  }

  /** What a list allows, as what it opens where nothing is allowed. */
  allows(list: GroupList): TrafficReport {
    const known = this.#allowed.get(list) ?? this.change(NO_GROUPS, list);
    this.#allowed.set(list, known);
    return known;
  }
}

/** A group that cannot be read is as one that is in no book: nothing is known of either. */
function knowSame(
  { groups: before, ...others }: RuleBook,
  { groups: after, ...otherAfter }: RuleBook,
): boolean {
  const kinds = new Set([...Object.keys(others), ...Object.keys(otherAfter)]) as Set<keyof typeof others>;
  const known = (groups: RuleBook['groups']) => [...groups].filter(([, rules]) => !('unreadable' in rules));
  const [was, is] = [known(before), known(after)];
  return (
    [...kinds].every((kind) => others[kind] === otherAfter[kind]) &&
    was.length === is.length &&
    is.every(([sgId, rules]) => before.get(sgId) === rules)
  );
}
