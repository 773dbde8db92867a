import { describe, expect, it } from 'vitest';
import { all, digestIn, guardedWorld, written } from '../../../test/faults/guarded-world.ts';
import { ins } from '../../../test/faults/small-world.ts';
import { allAtOnce } from '../../api/steps.ts';
import { planDigestInSteps } from './plan-digest.ts';

const MANY = 2_500;
const revision = (name: string) => ({
  origin: { kind: 'directory', file: `${name}.yaml`, line: 1, column: 1, revision: name } as const,
});

/** A revision that would change more instances than one step looks at. */
async function refusedFlood() {
  const one = guardedWorld(MANY + 10);
  one.declare('flood', all(MANY), 'b a', revision('r1'));
  one.declare('calm', [ins(MANY)], 'a b', revision('r1'));
  await one.clock.advance(20_000);
  const digest = digestIn(one.status('flood', 0).message);
  return { one, digest };
}

describe('a flood of more changes than one step looks at', () => {
  it('is refused whole, and names the plan of exactly its changes', async () => {
    const { one, digest } = await refusedFlood();
    expect(one.writeCalls()).toEqual([]);
    const { scope, sgIds: to } = one.controller.claims.holder(ins(0)) ?? expect.fail('nobody holds it');
    const from = to.toReversed();
    const changes = all(MANY).map((instanceId) => ({ scope, instanceId, from, to }));
    expect(digest).toBe(allAtOnce(planDigestInSteps(changes)));
    const told = all(MANY).map((_, n) => digestIn(one.status('flood', n).message));
    expect(new Set(told)).toEqual(new Set([digest]));
  });

  it('shares what is said of all of it: a fleet may be refused whole', async () => {
    const { one } = await refusedFlood();
    const rules = [...one.controller.scopes].map((scope) => scope.rules());
    const said = new Set(all(MANY).map((id) => rules[0]?.together(id)));
    expect(said.has(undefined)).toBe(false);
    expect(said.size).toBeLessThanOrEqual(2);
  });

  it('is written whole once it is approved', async () => {
    const { one, digest } = await refusedFlood();
    one.source.approve({ digest, by: 'alice', at: new Date(one.clock.wall()).toISOString() });
    await one.clock.advance(30_000);
    expect(new Set(all(MANY).map((_, n) => one.list(n)))).toEqual(new Set(['b a']));
  });

  it('does not make a lone change wait', async () => {
    const { one } = await refusedFlood();
    one.declare('lone', [ins(MANY + 1)], 'c a', revision('r2'));
    await one.clock.advance(2_000);
    expect(written(one)).toEqual(new Set([ins(MANY + 1)]));
  });

  it('goes on as a part of nothing when all but a few of it are taken back', async () => {
    const { one } = await refusedFlood();
    one.declare('flood', all(3), 'b a', revision('r2'));
    await one.clock.advance(20_000);
    expect(written(one)).toEqual(new Set(all(3)));
  });
});
