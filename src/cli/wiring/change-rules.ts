/** What changes of lists are compared by: the rules of their groups, and the rules of others that name these groups. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { movedMembers } from '../../core/firewall/membership.ts';
import type { GroupRules, RuleBook } from '../../core/firewall/rules.ts';
import type { ListChange } from '../../core/firewall/traffic-changes.ts';
import { visible } from '../../core/text/visible.ts';
import type { ReadRulesOptions, RuleReader, UnreadTemplates } from '../../ports/rules.ts';

/** What beside the rules of groups could not be read, and why. */
export type UnreadPart = Pick<UnreadTemplates, 'what' | 'reason'>;

export interface ChangeRules {
  /** Every group of the lists, and the templates that their rules refer to. */
  readonly book: RuleBook;
  /** These groups, and those whose rules name one that an instance leaves or joins. */
  readonly groups: RuleBook['groups'];
  /** Templates that could not be read, and why it is not known which rules name the groups, where that is so. */
  readonly unread: readonly UnreadPart[];
}

export type ChangeReading =
  | { readonly ok: true; readonly rules: ChangeRules }
  /** Nothing could be read, for a reason that every call meets. */
  | { readonly ok: false; readonly error: CloudError };

const REFERENCES = 'references to groups';

/** Reads what the changes of one scope are compared by. Rejects only when the signal aborts. */
export async function readChangeRules(
  reader: RuleReader,
  changes: readonly ListChange[],
  { signal, ...options }: { readonly signal: AbortSignal } & Pick<ReadRulesOptions, 'timeUp'>,
): Promise<ChangeReading> {
  const listed = changes.flatMap(({ before, after }) => [...before, ...after]);
  const reading = await reader.readRules(listed, signal, options);
  if (!reading.ok) return reading;
  const { book } = reading;
  const unread = reading.unread.map(({ what, reason }): UnreadPart => ({ what, reason }));
  const moved = namedGroups(changes, book);
  if (moved.length === 0 || ![...book.groups.values()].some(isKnown)) {
    return { ok: true, rules: { book, groups: book.groups, unread } };
  }
  const withoutReferrers = (reason: string): ChangeReading => {
    const missing = { what: REFERENCES, reason };
    return { ok: true, rules: { book, groups: book.groups, unread: [...unread, missing] } };
  };
  const naming = await reader.readReferrers(moved, signal, options);
  if (!naming.ok) return withoutReferrers(naming.reason);
  const others = [...naming.referrers.values()].flat().filter((sgId) => !book.groups.has(sgId));
  const further = await reader.readRules(others, signal, options);
  if (!further.ok) return withoutReferrers(`${further.error.code}: ${further.error.message}`);
  const groups = new Map([...book.groups, ...further.book.groups]);
  return { ok: true, rules: { book, groups, unread } };
}

/** The groups that instances leave or join. One that is joined and could not be read may not be there, and would fail the call for all. */
function namedGroups(changes: readonly ListChange[], { groups }: RuleBook): SecurityGroupId[] {
  const { leaves, joins } = movedMembers(changes);
  return [...leaves.keys(), ...[...joins.keys()].filter((sgId) => isKnown(groups.get(sgId)))];
}

function isKnown(rules: GroupRules | undefined): boolean {
  return rules !== undefined && !('unreadable' in rules);
}

/** Why nobody knows the rules of a group, by its id. */
export function unreadableGroups(groups: RuleBook['groups']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...groups].flatMap(([sgId, rules]) => ('unreadable' in rules ? [[sgId, rules.unreadable]] : [])),
  );
}

/** `address templates could not be read, so what they hold is not known: …`. */
export function unreadText({ what, reason }: UnreadPart): string {
  const unknown = what === REFERENCES ? 'what changes for others' : 'what they hold';
  return `${what} could not be read, so ${unknown} is not known: ${visible(reason)}`;
}
