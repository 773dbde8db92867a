import { describe, expect, it } from 'vitest';
import { ins, SmallWorld, type SmallWorldOptions } from '../../test/faults/small-world.ts';
import { OPEN_POLICY } from '../core/policy.ts';

const READ_ONLY = { readOnly: true } as const;
const NEVER = new AbortController().signal;

/** A look at everything that is declared, by which nothing is written; and how it ended. */
async function look(world: SmallWorld, timeoutMs = 120_000, signal = NEVER) {
  const startedMs = world.clock.now();
  let end: { readonly afterMs: number; readonly unreachable: readonly string[] } | 'rejected' | undefined;
  void world.controller.observeOnce({ timeoutMs, signal }).then(
    (unreachable) => {
      const reached = unreachable.map(({ scope, error }) => `${scope} ${error.kind}`);
      end = { afterMs: world.clock.now() - startedMs, unreachable: reached };
    },
    () => {
      end = 'rejected';
    },
  );
  await world.until(() => end !== undefined, 200_000);
  return end as Exclude<typeof end, undefined>;
}

function world(options: SmallWorldOptions = {}) {
  return new SmallWorld({ ...options, settings: { ...READ_ONLY, ...options.settings } });
}

describe('a look at everything once', () => {
  it('ends as soon as every instance was read, whether it is there or not', async () => {
    const one = world();
    one.declare('web', [ins(0), ins(1), ins(99)], 'b a');
    const end = await look(one);
    expect(end).toMatchObject({ unreachable: [] });
    expect(end).toHaveProperty('afterMs', expect.closeTo(20, -2));
    expect([one.status('web', 0).state, one.status('web', 99).state]).toEqual(['Drifted', 'NotFound']);
  });

  it('waits for the members of selectors, and ends when there are none', async () => {
    const one = world({ tags: (n) => ({ role: n < 5 ? 'web' : 'db' }) });
    one.declare('web', [], 'b a', { selector: { tags: { role: 'web' }, excluded: [] } });
    one.declare('none', [], 'b a', { selector: { tags: { role: 'nobody' }, excluded: [] } });
    expect(await look(one)).toMatchObject({ unreachable: [] });
    expect(one.controller.claims.bindings.get('shop/web' as never)?.instanceIds).toHaveLength(5);
    expect(one.status('web', 4).sgIds).toBeDefined();
  });

  it('waits for the groups where they are verified, and not for long when they cannot be read', async () => {
    const settings = { ...READ_ONLY, policy: { ...OPEN_POLICY, verifyGroups: true } };
    const one = world({ settings });
    one.simulator.faults.add({ kind: 'error', code: 'InternalError', action: 'DescribeSecurityGroups' });
    one.declare('web', [ins(0)], 'b a');
    const end = await look(one);
    expect(end).toMatchObject({ unreachable: [] });
    expect(end).toHaveProperty(
      'afterMs',
      expect.toSatisfy((ms: number) => ms >= 2_000 && ms < 3_000),
    );
  });

  it('gives an instance up whose reads keep failing, and reads the others', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'error', code: 'InternalError', instanceIds: [ins(1)] });
    one.declare('web', [ins(0), ins(1), ins(2)], 'b a');
    expect(await look(one)).toMatchObject({ unreachable: [] });
    const read = [0, 1, 2].map((n) => one.status('web', n).sgIds !== undefined);
    expect(read).toEqual([true, false, true]);
  });

  it('tells what cannot be reached, and why, without waiting for its time', async () => {
    const one = world();
    one.unreachable = true;
    one.declare('web', [ins(0)], 'b a');
    const end = await look(one);
    expect(end).toMatchObject({ unreachable: ['default@ap-guangzhou network'] });
    expect(end).toHaveProperty(
      'afterMs',
      expect.toSatisfy((ms: number) => ms < 30_000),
    );
  });

  it('gives up at once what refused keys cannot read', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'error', code: 'AuthFailure.SecretIdNotFound' });
    one.declare('web', [ins(0)], 'b a');
    const end = await look(one);
    expect(end).toMatchObject({ unreachable: ['default@ap-guangzhou credential'] });
    expect(end).toHaveProperty(
      'afterMs',
      expect.toSatisfy((ms: number) => ms < 5_000),
    );
  });

  it('ends when its time is over, although the cloud goes on throttling', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'throttle', action: 'DescribeInstances' });
    one.declare('web', [ins(0)], 'b a');
    expect(await look(one, 20_000)).toHaveProperty('afterMs', expect.closeTo(20_000, -3));
  });

  it('rejects when it is given up', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'throttle', action: 'DescribeInstances' });
    one.declare('web', [ins(0)], 'b a');
    const stop = new AbortController();
    one.clock.setTimer(5_000, () => stop.abort());
    expect(await look(one, 60_000, stop.signal)).toBe('rejected');
  });
});
