import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../api/ids.ts';
import { seededRandom } from '../runtime/random.ts';
import { Secret } from '../runtime/secret.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { createCloudProvider } from './provider.ts';

const NEVER = new AbortController().signal;
const A = 'ins-aaaaaaaa' as InstanceId;

/** A client whose every call gets this body. */
function clientOf(api: 'v2' | 'v3', body: unknown) {
  const credentials = { secretId: 'AKIDEXAMPLE', secretKey: new Secret('a key'), source: 'test' };
  return createCloudProvider({
    api,
    transport: async () => ({ status: 200, headers: {}, body: JSON.stringify(body) }),
    credentials: { get: async () => ({ ok: true, credentials }), invalidate() {} },
    clock: new VirtualClock(),
    random: seededRandom(1),
  }).client({ account: 'default', region: 'ap-guangzhou' });
}

const write = (api: 'v2' | 'v3', body: unknown) =>
  clientOf(api, body).writeSecurityGroups(
    [{ instanceId: A, sgIds: ['sg-00000001' as SecurityGroupId] }],
    NEVER,
  );

const ROW = { InstanceId: A, SecurityGroupIds: ['sg-00000001'] };

describe('a write is taken for done', () => {
  it.each([
    { api: 'v2', body: { code: 0, message: '' } },
    { api: 'v2', body: { code: '0', message: '', codeDesc: 'Success' } },
    { api: 'v2', body: { code: 0 } },
    { api: 'v2', body: { code: 0, message: '', data: {} } },
    { api: 'v2', body: { code: 0, message: null, data: null } },
    { api: 'v3', body: { Response: { RequestId: 'r' } } },
  ] as const)('by a reply that has its shape: $api $body', async ({ api, body }) => {
    expect(await write(api, body)).toMatchObject({ ok: true });
  });

  it.each([
    { api: 'v2', body: {}, reason: 'nothing' },
    { api: 'v2', body: { ok: true }, reason: 'the JSON of a captive portal' },
    { api: 'v2', body: { code: 0, msg: 'ok', data: { token: 'x' } }, reason: 'a portal that has codes too' },
    { api: 'v2', body: { code: 0, InstanceSet: [ROW], TotalCount: 1 }, reason: 'a reading' },
    { api: 'v2', body: { code: 0, items: [] }, reason: 'some other list' },
    {
      api: 'v2',
      body: { Response: { RequestId: 'r' } },
      reason: 'the envelope of 3.0, which was not asked for',
    },
    { api: 'v2', body: { Response: {}, code: 0 }, reason: 'both envelopes' },
    { api: 'v3', body: {}, reason: 'nothing' },
    { api: 'v3', body: { Response: {} }, reason: 'no request id' },
    { api: 'v3', body: { Response: { RequestId: '' } }, reason: 'an empty request id' },
    { api: 'v3', body: { Response: { RequestId: 7 } }, reason: 'a request id that is no text' },
    { api: 'v3', body: { Response: { RequestId: 'r', InstanceSet: [] } }, reason: 'a reading of nothing' },
    { api: 'v3', body: { Response: { RequestId: 'r', TotalCount: 0 } }, reason: 'a listing' },
    { api: 'v3', body: { Response: { RequestId: 'r', SecurityGroupSet: [] } }, reason: 'groups' },
    { api: 'v3', body: { code: 0, message: '' }, reason: 'the envelope of 2.0' },
  ] as const)('by no other, and is then read back: $api $reason', async ({ api, body }) => {
    expect(await write(api, body)).toMatchObject({
      ok: false,
      error: { kind: 'network', code: 'UNREADABLE', sent: true },
    });
  });
});

describe.each(['v2', 'v3'] as const)('a reading of API %s', (api) => {
  it('comes in the envelope that it was asked for in', async () => {
    const set = { InstanceSet: [ROW], TotalCount: 1 };
    const wrapped = clientOf(api, { Response: { ...set, RequestId: 'r' } });
    expect(await wrapped.describeInstances([A], NEVER)).toMatchObject({ ok: true });
    const bare = clientOf(api, { code: 0, InstanceSet: [], TotalCount: 0 });
    for (const read of [
      await bare.describeInstances([A], NEVER),
      await bare.listInstances({ filter: {}, offset: 0 }, NEVER),
      await clientOf(api, { code: 0, SecurityGroupSet: [], TotalCount: 0 }).listSecurityGroups(
        { offset: 0 },
        NEVER,
      ),
    ]) {
      expect(read).toMatchObject({ ok: false, error: { code: 'UNREADABLE' } });
    }
  });
});
