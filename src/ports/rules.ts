/** Rules of security groups, for those who ask what a list allows. Nothing of it is needed to keep lists as declared. */
import type { SecurityGroupId } from '../api/ids.ts';
import type { CloudError } from '../core/cloud-error.ts';
import type { RuleBook, TemplateKind } from '../core/firewall/rules.ts';
import type { Scope } from '../core/model.ts';

/** A listing of templates that could not be read: what its templates hold stays unknown. */
export interface UnreadTemplates {
  /** The listing, as a book calls it. */
  readonly kind: TemplateKind;
  /** `address templates`, `groups of service templates`. */
  readonly what: string;
  /** The cloud's words, and the permission to grant where that is the reason. */
  readonly reason: string;
  /** The failure is over sooner or later; otherwise somebody has to act. */
  readonly passing?: true;
}

export type RuleReading =
  | {
      readonly ok: true;
      /** Holds every group that was asked for; one that could not be read is `unreadable` there, with the reason. */
      readonly book: RuleBook;
      readonly unread: readonly UnreadTemplates[];
    }
  /** Nothing could be read, for a reason that every call meets. */
  | { readonly ok: false; readonly error: CloudError };

export type ReferrerReading =
  /** The groups whose rules name a group, for every group that was asked for. */
  | { readonly ok: true; readonly referrers: ReadonlyMap<SecurityGroupId, readonly SecurityGroupId[]> }
  /** The cloud's words, and the permission to grant where that is the reason. */
  | { readonly ok: false; readonly reason: string };

/** How much of what is asked for has to be read. */
export interface ReadRulesOptions {
  /** What is not read when it aborts stays unread, with that as the reason. */
  readonly timeUp?: AbortSignal;
  /** Listings of templates that the one who asks has already: they are not read, and are not in the answer. */
  readonly listed?: ReadonlySet<TemplateKind>;
}

/**
 * Reads the rules of one scope. Unlike a client it repeats what failed for now, and keeps within a quota of its own.
 * Rejects only when `signal` aborts.
 */
export interface RuleReader {
  /** Reads the rules of these groups, in this order, and the templates that they refer to. */
  readRules(
    sgIds: Iterable<SecurityGroupId>,
    signal: AbortSignal,
    options?: ReadRulesOptions,
  ): Promise<RuleReading>;
  /** Reads which groups have rules that name these ones, which have to be there. */
  readReferrers(
    sgIds: Iterable<SecurityGroupId>,
    signal: AbortSignal,
    options?: Pick<ReadRulesOptions, 'timeUp'>,
  ): Promise<ReferrerReading>;
}

/** Hands out the reader of each scope, always the same one for the same scope. */
export interface RuleReaders {
  rules(scope: Scope): RuleReader;
}
