import { describe, expect, it } from 'vitest';
import { ins, SmallWorld } from '../../test/faults/small-world.ts';

const named = (namePattern: string) => ({ selector: { namePattern, excluded: [] } });

/** As many bindings as are looked at in some steps; the first and the last of them select one instance each. */
function tellMany(one: SmallWorld): void {
  one.source.beginReading();
  one.declare('a', [], 'b a', named('web-1'));
  for (let n = 0; n < 1_500; n++) one.declare(`b${n}`, [], 'a b', named(`none-${n}`));
  one.declare('zz', [], 'c', named('web-7'));
  one.source.endReading();
}

describe('a listing that serves many selectors', () => {
  it('counts as a whole: nothing is claimed or written before it is looked at for all of them', async () => {
    const one = new SmallWorld({ instances: 8 });
    tellMany(one);
    while (one.controller.isTakingIn) await one.clock.step();
    expect(one.controller.unlisted).toBe(1_502);
    while (!one.controller.isTakingIn) await one.clock.step();
    const claimed = () => [1, 7].map((n) => one.controller.claims.claimsOn(ins(n))[0]?.owner.name);
    let steps = 0;
    for (; one.controller.isTakingIn; steps++) {
      expect([
        [undefined, undefined],
        ['a', 'zz'],
      ]).toContainEqual(claimed());
      expect([one.list(1), one.list(7)]).toEqual(['a b', 'a b']);
      await one.clock.step();
    }
    expect(steps).toBeGreaterThan(5);
    await one.clock.advance(20_000);
    expect([one.list(1), one.list(7)]).toEqual(['b a', 'c']);
  });
});
