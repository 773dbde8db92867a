import { describe, expect, it } from 'vitest';
import { ins, SmallWorld } from './small-world.ts';

const MINUTE_MS = 60_000;

describe.each([
  { what: 'revoked keys', code: 'AuthFailure.SecretIdNotFound', reason: 'CredentialsFailed' },
  { what: 'a cloud that fails', code: 'InternalError', reason: 'CloudError' },
])('a fleet in sync under $what', ({ code, reason }) => {
  it('does not stay Ready for ever, says why, and is Ready again when it can be read', async () => {
    const world = new SmallWorld({ api: 'v3' });
    world.declare('web', [ins(0), ins(1)], 'b a');
    await world.clock.advance(5_000);
    expect(world.status('web', 0).state).toBe('InSync');
    const fault = world.simulator.faults.add({ kind: 'error', code, message: 'in the words of the vendor' });
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.status('web', 0).state, 'a short outage takes nothing back').toBe('InSync');
    await world.clock.advance(3 * MINUTE_MS);
    expect(world.status('web', 0)).toMatchObject({ state: 'Retrying', reason });
    expect(world.status('web', 0).message).toContain('in the words of the vendor');
    expect(world.conditions('web').join('\n')).toMatch(new RegExp(`Ready.*False.*${reason}`));
    world.simulator.faults.remove(fault.id);
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.status('web', 0).state).toBe('InSync');
    expect(world.conditions('web').join('\n')).toMatch(/Ready.*True/);
  });
});
