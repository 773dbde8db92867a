/**
 * Fights: somebody else keeps changing an instance back. After a number of rewrites within a time the instance is
 * contested: it is rewritten at a polite pace only, until it has been quiet for as long as that pace. Pure.
 *
 *   drift, rewrite, drift, rewrite, … -> contested (one rewrite a pace) -> quiet for one pace -> as before
 */
import type { GroupList } from './model.ts';
import type { FightRules } from './policy.ts';

/** What is known of a fight that goes on. */
export interface Fight {
  /** The list that the other one sets. */
  readonly foreign: GroupList;
  /** When the foreign list was last found. */
  readonly foundMs: number;
}

export interface Rewrites {
  /** Times at which drift was rewritten, ascending; what is too old to matter is left out. */
  readonly rewrites: readonly number[];
  readonly fight: Fight | undefined;
}

export const NO_REWRITES: Rewrites = Object.freeze({ rewrites: [], fight: undefined });

/** Drift is being rewritten. */
export function rewritten(state: Rewrites, rules: FightRules, nowMs: number): Rewrites {
  const kept = state.rewrites.filter((atMs) => nowMs - atMs < rules.withinMs).slice(1 - rules.rewrites);
  return { ...state, rewrites: [...kept, nowMs] };
}

/** Drift was found, with this list. */
export function driftFound(state: Rewrites, foreign: GroupList, context: FightContext): Rewrites {
  if (state.fight === undefined && recentRewrites(state, context) < context.rules.rewrites) return state;
  return { ...state, fight: { foreign, foundMs: context.nowMs } };
}

/** The declared list was found. */
export function quiet(state: Rewrites, { rules, nowMs }: FightContext): Rewrites {
  const { fight, rewrites } = state;
  if (fight === undefined) return state;
  const sinceMs = Math.max(fight.foundMs, rewrites.at(-1) ?? 0);
  return nowMs - sinceMs >= rules.paceMs ? NO_REWRITES : state;
}

export interface FightContext {
  readonly rules: FightRules;
  readonly nowMs: number;
}

/** The next rewrite goes no earlier than this. */
export function rewriteNotBeforeMs(state: Rewrites, { rules, nowMs }: FightContext): number {
  const polite = state.fight !== undefined || recentRewrites(state, { rules, nowMs }) >= rules.rewrites;
  return polite ? (state.rewrites.at(-1) ?? 0) + rules.paceMs : 0;
}

function recentRewrites({ rewrites }: Rewrites, { rules, nowMs }: FightContext): number {
  return rewrites.filter((atMs) => nowMs - atMs < rules.withinMs).length;
}

/** What is said of a fight; the same words as long as it goes on. */
export function fightMessage({ foreign }: Fight, desired: GroupList, { paceMs }: FightRules): string {
  return (
    `somebody else keeps setting ${listText(foreign)} where ${listText(desired)} is declared: find out who writes it ` +
    `(another tool, a person, another cvmsg), and stop one of the two; until then it is rewritten at most every ${paceText(paceMs)}`
  );
}

export function listText(list: GroupList): string {
  return `[${list.join(' ')}]`;
}

export function paceText(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${Math.round(ms / 1_000)}s`;
}
