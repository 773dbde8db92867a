import { describe, expect, it } from 'vitest';
import { groups, sg } from '../../../test/firewall/notation.ts';
import { CompiledRules } from './compiled-rules.ts';
import type { RuleBook } from './rules.ts';
import { trafficChanges } from './traffic-changes.ts';
import { opensAnything, trafficNote } from './traffic-note.ts';

const changesOf = (before: string, after: string, more: Partial<RuleBook> = {}) =>
  trafficChanges(new CompiledRules({ groups: groups({ old: before, new: after }), ...more }), [
    { before: [sg('old')], after: [sg('new')] },
  ]).changes;

describe('a note of traffic', () => {
  it('has sentences and data', () => {
    const note = trafficNote(changesOf('A tcp:80 any', 'A tcp:22 any'));
    expect(note.sentences).toEqual(['opens tcp/22 from 0.0.0.0/0', 'closes tcp/80 from 0.0.0.0/0']);
    expect(note.changes).toMatchObject([{ effect: 'opens' }, { effect: 'closes' }]);
    expect(note.omitted).toBe(0);
    expect(JSON.parse(JSON.stringify(note))).toEqual(note);
  });

  it('says in the past what somebody did', () => {
    const { sentences } = trafficNote(changesOf('A tcp:80 any', 'A tcp:22 any; A tcp:80 @sg-x'), {
      past: true,
    });
    expect(sentences[0]).toBe('opened tcp/22 from 0.0.0.0/0');
    expect(sentences[1]).toMatch(/^may have closed tcp\/80/);
  });

  it('stays short: what is left out is counted', () => {
    const ports = Array.from({ length: 30 }, (_, index) => `A tcp:${index * 2} 10.${index}.0.0/16`).join(
      '; ',
    );
    const note = trafficNote(changesOf('', ports));
    expect(note.sentences).toHaveLength(11);
    expect(note.sentences.at(-1)).toBe('20 more');
    expect(note.changes.length + note.omitted).toBe(30);
    const addresses = Array.from(
      { length: 300 },
      (_, index) => `A tcp:22 10.0.${index >> 1}.${(index & 1) * 9}`,
    );
    const wide = trafficNote(changesOf('', addresses.join('; ')));
    expect(wide.sentences[0]?.length).toBeLessThan(300);
    expect(wide).toMatchObject({ changes: [], omitted: 1 });
  });

  it('tells once of rules that could not be read', () => {
    const book: RuleBook = { groups: groups({ old: 'A tcp:80 any' }) };
    const { changes } = trafficChanges(new CompiledRules(book), [
      { before: [sg('old')], after: [sg('gone')] },
    ]);
    expect(trafficNote(changes).sentences).toEqual(['what sg-gone allows could not be read']);
    expect(opensAnything(changes)).toBe(false);
  });
});

describe('what opens anything', () => {
  it.each([
    { before: 'A tcp:80 any', after: 'A tcp:22 any', opens: true },
    { before: 'A tcp:80 any', after: '', opens: false },
    { before: 'D tcp:80 any', after: 'A tcp:80 @sg-x; D all any', opens: true },
    { before: 'A tcp:80 any', after: 'D tcp:80 @sg-x; A all any', opens: true },
    { before: 'A tcp:80 any', after: 'D tcp:80 @sg-x; A tcp:80 any', opens: false },
  ])('"$before" -> "$after": $opens', ({ before, after, opens }) => {
    expect(opensAnything(changesOf(before, after))).toBe(opens);
  });
});
