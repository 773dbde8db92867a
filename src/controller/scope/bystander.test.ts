/** What one instance meets is not what all meet: a healthy binding beside instances that the cloud keeps refusing. */
import { describe, expect, it } from 'vitest';
import { ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { bindingKey } from '../../api/ids.ts';

const WRITE = { v2: 'ModifySecurityGroupsOfInstance', v3: 'ModifyInstancesAttribute' } as const;
const HEALTHY = ins(99);
const SECONDS = 1_000;

const CODES = [
  { api: 'v2', code: '4000', reason: 'a wrong parameter' },
  { api: 'v2', code: '4103', reason: 'a permission for some instances only' },
  { api: 'v2', code: '5100', reason: 'a failure inside the cloud' },
  { api: 'v2', code: '7001', reason: 'an instance in a wrong state' },
  { api: 'v3', code: 'InvalidParameterValue', reason: 'a wrong parameter' },
  { api: 'v3', code: 'UnauthorizedOperation', reason: 'a permission for some instances only' },
  { api: 'v3', code: 'InternalError', reason: 'a failure inside the cloud' },
] as const;

const CASES = CODES.flatMap((one) =>
  ([1, 8, 20, 60] as const).flatMap((bad) =>
    (['writes', 'reads'] as const).map((what) => ({ ...one, bad, what })),
  ),
);

/** Everything that was ever published of the healthy binding. */
const reported = (world: SmallWorld) =>
  world.publications.filter((text) => text.includes('"shop/healthy"')).join();

describe('instances that the cloud keeps refusing', () => {
  it.each(CASES)('hold up no healthy binding: $bad, $what, $api $code', async ({ api, code, bad, what }) => {
    const world = new SmallWorld({ api, instances: 100 });
    const refused = Array.from({ length: bad }, (_, n) => ins(n));
    const action = what === 'writes' ? WRITE[api] : 'DescribeInstances';
    for (const id of refused) world.simulator.faults.add({ kind: 'error', code, action, instanceIds: [id] });
    world.declare('bad', refused, 'b a');
    await world.clock.advance(10 * SECONDS);
    world.declare('healthy', [HEALTHY], 'b a');
    await world.clock.advance(35 * SECONDS);
    expect(world.list(99), code).toBe('b a');
    expect(world.controller.status(bindingKey('shop', 'healthy'), HEALTHY).state, code).toBe('InSync');
    world.declare('healthy', [HEALTHY], 'c a');
    await world.clock.advance(35 * SECONDS);
    expect(world.list(99), 'later').toBe('c a');
    expect(reported(world), code).not.toContain('does not offer');
  });
});
