import { describe, expect, it } from 'vitest';
import { ins, SmallWorld } from './small-world.ts';

const HOUR_MS = 3_600_000;
const all = Array.from({ length: 20 }, (_, n) => ins(n));

/** Everything that the state holds, as text. */
function dump(world: SmallWorld): string {
  const tables = world.database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return tables
    .map(({ name }) => JSON.stringify(world.database.prepare(`SELECT * FROM "${name}"`).all()))
    .join('\n');
}

describe.each(['v2', 'v3', 'auto'] as const)('secrets, on %s', (api) => {
  it('stand in no log line, status, error or journal, whatever goes wrong and whatever the cloud says', async () => {
    const world = new SmallWorld({ api });
    const fresh = world.simulator.credentialBook.issue('default', world.clock.now(), 24 * HOUR_MS);
    world.env.TENCENTCLOUD_SECRET_ID = fresh.secretId;
    world.env.TENCENTCLOUD_SECRET_KEY = fresh.secretKey;
    world.env.TENCENTCLOUD_TOKEN = fresh.token;
    const { faults, credentialBook } = world.simulator;
    const message = `the key ${fresh.secretKey} with the token ${fresh.token} of ${encodeURIComponent(fresh.token)} is wrong`;
    const codes =
      api === 'v3' ? ['AuthFailure.TokenFailure', 'InternalError'] : ['4100', '7000', '4102', '5000'];
    world.declare('web', all, 'b a');
    await world.clock.advance(5_000);
    for (const [round, code] of codes.entries()) {
      const fault = faults.add({ kind: 'error', code, message });
      world.declare('web', all, round % 2 === 0 ? 'c' : 'd');
      await world.clock.advance(120_000);
      faults.remove(fault.id);
      await world.clock.advance(HOUR_MS / 10);
    }
    for (const kind of ['html', 'truncated', 'reset-after', 'reset-before', 'token-expired'] as const) {
      const fault = faults.add({ kind });
      world.declare('web', all, kind === 'html' ? 'e' : 'f');
      await world.clock.advance(60_000);
      faults.remove(fault.id);
    }
    credentialBook.remove(fresh.secretId);
    world.declare('web', all, 'a b');
    await world.clock.advance(120_000);
    const reported = [...world.log, ...world.publications, dump(world)].join('\n');
    expect(world.log.length, 'something was logged at all').toBeGreaterThan(10);
    expect(reported, 'the message came through').toContain('is wrong');
    for (const [name, secret] of Object.entries({ key: fresh.secretKey, token: fresh.token })) {
      expect(reported.includes(secret), `the ${name} was told`).toBe(false);
    }
    const first = world.simulator.credentials[0];
    expect(reported.includes(first?.secretKey ?? 'x')).toBe(false);
  });
});
