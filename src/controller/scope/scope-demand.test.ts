import { expect, it } from 'vitest';
import type { BindingKey } from '../../api/ids.ts';
import { ScopeDemand } from './scope-demand.ts';

/** A demand that counts how often it asks whether a scope is served. */
function setUp(most: number) {
  const served = new Set<string>();
  const work = { visits: 0 };
  const demand = new ScopeDemand(most, (scope) => {
    work.visits++;
    return served.has(scope);
  });
  const want = (name: string, scope: string, counted: string | undefined = 'tenant "a"') =>
    demand.follow(name as BindingKey, { scope, turn: 'a', counted });
  const drop = (name: string) => demand.follow(name as BindingKey, undefined);
  const serve = (scope: string) => {
    served.add(scope);
    demand.serve(scope);
  };
  const roomy = (scopes: string) => [...scopes].filter((scope) => demand.hasRoom(scope)).join('');
  return { demand, work, want, drop, serve, roomy };
}

it.each([
  { what: 'counted together', counted: () => 'tenant "a"' },
  { what: 'each counted for itself', counted: (n: number) => `namespace "${n}"` },
])('looks once at each of 20,000 scopes that are $what', ({ counted }) => {
  const { demand, work, want } = setUp(20);
  for (let n = 0; n < 20_000; n++) want(`b-${n}`, `s-${n}`, counted(n));
  for (let n = 0; n < 20_000; n++) demand.hasRoom(`s-${n}`);
  for (let n = 0; n < 20_000; n++) demand.forget(`s-${n}`);
  expect(work.visits).toBeLessThanOrEqual(20_000);
  expect(demand.isOverfull).toBe(false);
});

it('gives room to those that came first, and tells who has it through one that goes', () => {
  const { demand, want, drop, roomy } = setUp(2);
  for (const scope of 'abcd') want(scope, scope);
  expect([roomy('abcd'), demand.isOverfull]).toEqual(['ab', true]);
  expect(drop('d')).toEqual([]);
  expect(drop('a')).toEqual(['c']);
  expect([roomy('bc'), demand.isOverfull]).toEqual(['bc', false]);
  want('e', 'e');
  expect(roomy('bce')).toBe('bc');
});

it('counts one that is served although it came last', () => {
  const { want, drop, serve, roomy } = setUp(2);
  for (const scope of 'abcd') want(scope, scope);
  serve('a');
  expect(roomy('bcd')).toBe('b');
  serve('d');
  expect(roomy('bc')).toBe('');
  expect(drop('d')).toEqual(['b']);
});

it('gives room to a scope that has it beside others, or is not counted somewhere', () => {
  const { demand, want, drop, roomy } = setUp(1);
  want('1', 'a');
  want('2', 'b');
  expect(roomy('ab')).toBe('a');
  want('3', 'b', 'tenant "b"');
  expect(roomy('ab')).toBe('ab');
  drop('3');
  expect(roomy('ab')).toBe('a');
  demand.follow('4' as BindingKey, { scope: 'b', turn: 'a', counted: undefined });
  expect(roomy('ab')).toBe('ab');
});

it('forgets who names a scope', () => {
  const { demand, want } = setUp(1);
  want('1', 'a');
  want('2', 'a');
  want('3', 'b');
  expect(demand.forget('a')).toEqual(['b']);
  expect([...demand.turnsOf('a')]).toEqual([]);
  expect(demand.countedOf('a')).toBeUndefined();
});
