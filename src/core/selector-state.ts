/**
 * What listings have told of a selector since it was last edited: data, and the one function that changes it.
 *
 * | phase      | what is known                                                                |
 * |------------|------------------------------------------------------------------------------|
 * | `unlisted` | nothing: no listing has ended yet                                            |
 * | `failing`  | that listings fail: none was complete yet                                    |
 * | `refused`  | what fits, and that it is too sudden: the members may be another selector's  |
 * | `obeyed`   | the members: a complete listing was obeyed                                   |
 *
 * Beside the phase stands whether its members may be compared with what fits (`comparable`), and how many of them nobody
 * can name (`unnamed`; none once a listing was obeyed).
 *
 * | event                  | from              | to       | and                                                         |
 * |------------------------|-------------------|----------|-------------------------------------------------------------|
 * | edited                 | any               | unlisted | whoever edits means it: nothing is too sudden               |
 * | failed                 | unlisted          | failing  |                                                             |
 * | failed                 | any other         | the same |                                                             |
 * | refused                | unlisted, failing | refused  |                                                             |
 * | refused                | any other         | the same |                                                             |
 * | obeyed                 | any               | obeyed   | comparable, and all members have a name                     |
 * | gained, remembered     | any but obeyed    | the same | comparable, with as many unnamed ones as were remembered    |
 * | gained, remembered     | obeyed            | the same | comparable                                                  |
 * | gained, not remembered | any               | the same | not comparable                                              |
 */

export type SelectorState =
  | {
      readonly phase: 'unlisted' | 'failing' | 'refused';
      readonly comparable: boolean;
      readonly unnamed: number;
    }
  | { readonly phase: 'obeyed'; readonly comparable: boolean };

/** Members that were remembered of an earlier process, or of another replica. */
interface Remembered {
  /** Those that nobody can name any more. */
  readonly unnamed: number;
}

export type SelectorEvent =
  | { readonly kind: 'edited' | 'failed' | 'refused' | 'obeyed' }
  /** The scope is this replica's from now on. @param remembered undefined when nobody knows the members. */
  | { readonly kind: 'gained'; readonly remembered: Remembered | undefined };

/** Most selectors are in this state and share the value. */
const OBEYED: SelectorState = Object.freeze({ phase: 'obeyed', comparable: true });

/** The state of a selector that was not there before. @param remembered undefined when nobody knows its members. */
export function newSelectorState(remembered: Remembered | undefined): SelectorState {
  return { phase: 'unlisted', comparable: remembered !== undefined, unnamed: remembered?.unnamed ?? 0 };
}

/** The state after the event. */
export function selectorStateAfter(state: SelectorState, event: SelectorEvent): SelectorState {
  switch (event.kind) {
    case 'edited':
      return { phase: 'unlisted', comparable: false, unnamed: unnamedOf(state) };
    case 'failed':
      return state.phase === 'unlisted' ? { ...state, phase: 'failing' } : state;
    case 'refused':
      return state.phase === 'obeyed' ? state : { ...state, phase: 'refused' };
    case 'obeyed':
      return OBEYED;
    case 'gained':
      return gained(state, event.remembered);
    default:
      return event satisfies never;
  }
}

function gained(state: SelectorState, remembered: Remembered | undefined): SelectorState {
  if (remembered === undefined) return { ...state, comparable: false };
  if (state.phase === 'obeyed') return OBEYED;
  return { ...state, comparable: true, unnamed: remembered.unnamed };
}

/** Members from before that nobody can name. */
export function unnamedOf(state: SelectorState): number {
  return state.phase === 'obeyed' ? 0 : state.unnamed;
}

/** Whether the members that are known tell more than those that were remembered: a list of all more than one of some. */
export function knowsMore(state: SelectorState, remembered: Remembered): boolean {
  return state.phase === 'obeyed' && remembered.unnamed > 0;
}
