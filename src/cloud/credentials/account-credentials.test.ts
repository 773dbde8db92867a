import { describe, expect, it } from 'vitest';
import { Secret } from '../../runtime/secret.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { AccountCredentials } from './account-credentials.ts';
import type { CredentialsResult } from './credentials.ts';

const HOUR_MS = 3_600_000;
const NEVER = new AbortController().signal;
const FAILED: CredentialsResult = { ok: false, code: 'CredentialsUnavailable', message: 'down' };
const keys = (secretId: string, expiresAtMs?: number): CredentialsResult => ({
  ok: true,
  credentials: {
    secretId,
    secretKey: new Secret('k'),
    source: 's',
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  },
});

/** `next` answers each load; `loads` counts them. */
function setUp(first: CredentialsResult) {
  const clock = new VirtualClock();
  const world = {
    next: async (_: AbortSignal): Promise<CredentialsResult> => first,
    loads: 0,
    warnings: [] as string[],
  };
  const keeper = new AccountCredentials({
    clock,
    load: (signal) => {
      world.loads += 1;
      return world.next(signal);
    },
    onWarning: (message) => world.warnings.push(message),
  });
  const id = async () => {
    const got = await keeper.get(NEVER);
    return got.ok ? got.credentials.secretId : got.message;
  };
  return { clock, world, keeper, id };
}

describe('the credentials of an account', () => {
  it('are loaded once while temporary keys are fresh', async () => {
    const { clock, world, id } = setUp(keys('a', Date.UTC(2026, 0, 1) + HOUR_MS));
    expect(await id()).toBe('a');
    await clock.advance(HOUR_MS - 600_001);
    expect([await id(), world.loads]).toEqual(['a', 1]);
  });

  it('stay the same object while their source says the same', async () => {
    const { clock, world } = setUp(keys('a'));
    const keeper = new AccountCredentials({ clock, load: async () => world.next(NEVER) });
    const first = await keeper.get(NEVER);
    await clock.advance(10_000);
    world.next = async () => keys('a');
    expect(await keeper.get(NEVER)).toMatchObject({ credentials: first.ok && first.credentials });
    const { credentials } = (await keeper.get(NEVER)) as { credentials: unknown };
    expect(credentials).toBe(first.ok && first.credentials);
  });

  it('are renewed beside, ten minutes before temporary keys end', async () => {
    const start = Date.UTC(2026, 0, 1);
    const { clock, world, id } = setUp(keys('a', start + HOUR_MS));
    await id();
    await clock.advance(HOUR_MS - 600_000);
    world.next = async () => keys('b', start + 2 * HOUR_MS);
    expect(await id()).toBe('a');
    expect(await id()).toBe('b');
    expect(world.loads).toBe(2);
  });

  it('stay in use while a refresh fails, and end with the keys', async () => {
    const start = Date.UTC(2026, 0, 1);
    const { clock, world, id } = setUp(keys('a', start + HOUR_MS));
    await id();
    world.next = async () => FAILED;
    await clock.advance(HOUR_MS - 1);
    expect([await id(), await id()]).toEqual(['a', 'a']);
    expect(world.warnings).toEqual(['credentials from s stay in use, refreshing them failed: down']);
    await clock.advance(1);
    expect(await id()).toBe('down');
  });

  it('are never a kept failure', async () => {
    const { world, id } = setUp(FAILED);
    expect(await id()).toBe('down');
    world.next = async () => keys('a');
    expect(await id()).toBe('a');
  });

  it('without an end are looked up again after five seconds, and kept when that fails', async () => {
    const { clock, world, id } = setUp(keys('a'));
    await id();
    world.next = async () => keys('b');
    await clock.advance(4999);
    expect(await id()).toBe('a');
    await clock.advance(1);
    expect(await id()).toBe('b');
    world.next = async () => FAILED;
    await clock.advance(5000);
    expect([await id(), world.warnings.length]).toEqual(['b', 1]);
    await clock.advance(5000);
    expect([await id(), world.warnings.length], 'the same warning is not repeated').toEqual(['b', 1]);
  });

  it('are one load for all who ask at once', async () => {
    const { world, id } = setUp(keys('a'));
    expect(await Promise.all([id(), id(), id()])).toEqual(['a', 'a', 'a']);
    expect(world.loads).toBe(1);
  });

  it('are looked up afresh after they were refused, and a load from before is not kept', async () => {
    const { world, keeper, id } = setUp(keys('a'));
    const early = id();
    keeper.invalidate();
    world.next = async () => keys('b');
    expect(await early).toBe('a');
    expect(await id()).toBe('b');
    keeper.invalidate();
    world.next = async () => FAILED;
    expect(await id(), 'refused keys are not used again').toBe('down');
  });

  it('are still loaded for others when one caller gives up, and for nobody when all do', async () => {
    const { world, keeper } = setUp(FAILED);
    let loadSignal: AbortSignal | undefined;
    const answer = Promise.withResolvers<CredentialsResult>();
    world.next = (signal) => {
      loadSignal = signal;
      return answer.promise;
    };
    const [first, second] = [new AbortController(), new AbortController()];
    const gone = new Error('gone');
    const left = keeper.get(first.signal);
    const stays = keeper.get(second.signal);
    first.abort(gone);
    await expect(left).rejects.toBe(gone);
    expect(loadSignal?.aborted).toBe(false);
    second.abort(gone);
    await expect(stays).rejects.toBe(gone);
    expect(loadSignal?.aborted).toBe(true);
    world.next = async () => keys('a');
    expect(await keeper.get(NEVER)).toMatchObject({ ok: true });
  });
});
