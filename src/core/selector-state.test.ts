import { describe, expect, it } from 'vitest';
import {
  knowsMore,
  newSelectorState,
  type SelectorEvent,
  type SelectorState,
  selectorStateAfter,
} from './selector.ts';

const unlisted: SelectorState = { phase: 'unlisted', comparable: true, unnamed: 3 };
const failing: SelectorState = { ...unlisted, phase: 'failing' };
const refused: SelectorState = { ...unlisted, phase: 'refused' };
const obeyed: SelectorState = { phase: 'obeyed', comparable: true };
const gained = (unnamed?: number): SelectorEvent => ({
  kind: 'gained',
  remembered: unnamed === undefined ? undefined : { unnamed },
});

interface Row {
  readonly row: string;
  readonly from: readonly SelectorState[];
  readonly event: SelectorEvent;
  /** Undefined: it stays the same object. */
  readonly to?: (from: SelectorState) => SelectorState;
}

const ROWS: readonly Row[] = [
  {
    row: 'an edit has it listed anew, and nothing is too sudden; who could not be named still cannot',
    from: [unlisted, failing, refused],
    event: { kind: 'edited' },
    to: () => ({ phase: 'unlisted', comparable: false, unnamed: 3 }),
  },
  {
    row: 'an edit of one that was obeyed has it listed anew, and every member has a name',
    from: [obeyed],
    event: { kind: 'edited' },
    to: () => ({ phase: 'unlisted', comparable: false, unnamed: 0 }),
  },
  {
    row: 'a first listing that fails is told from one that is awaited',
    from: [unlisted],
    event: { kind: 'failed' },
    to: () => failing,
  },
  {
    row: 'a later listing that fails takes nothing back',
    from: [failing, refused, obeyed],
    event: { kind: 'failed' },
  },
  {
    row: 'a first complete listing may be too sudden',
    from: [unlisted, failing],
    event: { kind: 'refused' },
    to: () => refused,
  },
  {
    row: 'a refusal keeps the members that were obeyed',
    from: [obeyed],
    event: { kind: 'refused' },
  },
  {
    row: 'a refusal may be repeated',
    from: [refused],
    event: { kind: 'refused' },
    to: () => refused,
  },
  {
    row: 'a listing that is obeyed names all members, which the next one is compared with',
    from: [unlisted, failing, refused, obeyed, { ...obeyed, comparable: false }],
    event: { kind: 'obeyed' },
    to: () => obeyed,
  },
  {
    row: 'what was remembered when the scope is gained is compared with what fits',
    from: [unlisted, failing, refused],
    event: gained(5),
    to: (from) => ({ ...from, comparable: true, unnamed: 5 }) as SelectorState,
  },
  {
    row: 'members that were obeyed keep their names when the scope is gained',
    from: [obeyed, { ...obeyed, comparable: false }],
    event: gained(5),
    to: () => obeyed,
  },
  {
    row: 'what nobody remembers when the scope is gained is compared with nothing',
    from: [unlisted, failing, refused, obeyed],
    event: gained(),
    to: (from) => ({ ...from, comparable: false }),
  },
];

describe('the state of a selector', () => {
  it.each(ROWS.flatMap((row) => row.from.map((from) => ({ ...row, from }))))(
    'after an event, from $from.phase: $row',
    ({ from, event, to }) => {
      const before = { ...from };
      const after = selectorStateAfter(from, event);
      if (to === undefined) expect(after).toBe(from);
      else expect(after).toEqual(to(from));
      expect(from, 'what was given stays as it is').toEqual(before);
    },
  );

  it('begins comparable only when its members are remembered', () => {
    expect(newSelectorState(undefined)).toEqual({ phase: 'unlisted', comparable: false, unnamed: 0 });
    expect(newSelectorState({ unnamed: 3 })).toEqual(unlisted);
  });

  it('knows more than a memory that lacks names only once a listing was obeyed', () => {
    expect(knowsMore(obeyed, { unnamed: 1 })).toBe(true);
    expect(knowsMore(obeyed, { unnamed: 0 })).toBe(false);
    expect(knowsMore(refused, { unnamed: 1 })).toBe(false);
  });
});
