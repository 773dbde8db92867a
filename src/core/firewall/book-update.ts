/** What a new reading makes of a book: what could not be read for now stays as it was, and what reads as before stays the same. */
import type { SecurityGroupId } from '../../api/ids.ts';
import { DIRECTIONS, type GroupRules, type RuleBook, type TemplateKind } from './rules.ts';

/** What was read, and the listings that could not be. */
export interface BookReading {
  readonly book: RuleBook;
  readonly unread: readonly { readonly kind: TemplateKind; readonly passing?: true }[];
}

export interface BookUpdate {
  /** The very book from before when nothing reads otherwise. */
  readonly book: RuleBook;
  /** Groups that were in the book, and whose rules, or the templates that they refer to, read otherwise than before. */
  readonly changed: ReadonlySet<SecurityGroupId>;
  /** Groups that were not in the book. */
  readonly first: ReadonlySet<SecurityGroupId>;
}

export const TEMPLATE_KINDS: readonly TemplateKind[] = [
  'addressTemplates',
  'addressTemplateGroups',
  'serviceTemplates',
  'serviceTemplateGroups',
];

export function updatedBook(known: RuleBook, reading: BookReading): BookUpdate {
  const groups = new Map(known.groups);
  const changed = new Set<SecurityGroupId>();
  const first = new Set<SecurityGroupId>();
  for (const [sgId, read] of reading.book.groups) {
    const before = known.groups.get(sgId);
    if (before === undefined) first.add(sgId);
    else if (staysInForce(before, read)) continue;
    else changed.add(sgId);
    groups.set(sgId, read);
  }
  const listings = Object.fromEntries(
    TEMPLATE_KINDS.map((kind) => [kind, listingAfter(kind, known, reading)]),
  );
  const book: RuleBook = { ...listings, groups };
  const templates = changedTemplates(known, book);
  if (templates.size > 0) {
    for (const [sgId, rules] of groups) {
      if (!first.has(sgId) && refersTo(rules, templates)) changed.add(sgId);
    }
  }
  // Templates that no group refers to yet count as well: a later reading of groups may come without them.
  const same = changed.size + first.size + templates.size === 0;
  return { book: same ? known : book, changed, first };
}

/** Whether rules read as before, or what was read before goes on counting. */
function staysInForce(before: GroupRules, read: GroupRules): boolean {
  if ('unreadable' in read) {
    // The words of a failure may name the call.
    return 'unreadable' in before ? before.passing === read.passing : read.passing === true;
  }
  return !('unreadable' in before) && sameValue(rulesOf(before), rulesOf(read));
}

/** Without the version: it also moves where nothing moves that decides. */
function rulesOf({ ingress, egress }: Exclude<GroupRules, { unreadable: string }>): unknown {
  return [ingress, egress].map((rules) => rules.map((rule) => Object.entries(rule).sort()));
}

function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

type Listing = ReadonlyMap<string, readonly string[]> | undefined;

function listingAfter(kind: TemplateKind, known: RuleBook, { book, unread }: BookReading): Listing {
  if (book[kind] !== undefined) return book[kind];
  const failed = unread.find((one) => one.kind === kind);
  return failed === undefined || failed.passing ? known[kind] : undefined;
}

/** Templates that hold something else, and the groups of templates that they are in. */
function changedTemplates(before: RuleBook, after: RuleBook): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const kind of TEMPLATE_KINDS) {
    const [old, now] = [before[kind], after[kind]];
    if (old === now) continue;
    for (const id of new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])) {
      if (!sameValue(old?.get(id), now?.get(id))) changed.add(id);
    }
  }
  for (const listing of [after.addressTemplateGroups, after.serviceTemplateGroups]) {
    for (const [id, members] of listing ?? []) if (members.some((one) => changed.has(one))) changed.add(id);
  }
  return changed;
}

function refersTo(rules: GroupRules, templates: ReadonlySet<string>): boolean {
  if ('unreadable' in rules) return false;
  return DIRECTIONS.some((direction) =>
    rules[direction].some(
      ({ addressTemplate = '', serviceTemplate = '' }) =>
        templates.has(addressTemplate) || templates.has(serviceTemplate),
    ),
  );
}
