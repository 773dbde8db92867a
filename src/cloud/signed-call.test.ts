import { describe, expect, it } from 'vitest';
import { Secret } from '../runtime/secret.ts';
import { type HttpResponse, type Transport, TransportError } from '../runtime/transport.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { ClockSkew } from './clock-skew.ts';
import type { CredentialsResult } from './credentials/credentials.ts';
import { readWrittenV2 } from './generation-client.ts';
import { type CallPlan, type CloudCallEvent, callOnce } from './signed-call.ts';

const KEY = 'verySecretKey/With+Signs=';
const TOKEN = 'verySecretToken/With+Signs=';
const FOUND: CredentialsResult = {
  ok: true,
  credentials: {
    secretId: 'AKIDwholeIdentity',
    secretKey: new Secret(KEY),
    token: new Secret(TOKEN),
    source: 'test',
  },
};
const SIGNATURE = 'p3n+pxBqF5JGZtDSxoVn5/Gngf0=';
const NEVER = new AbortController().signal;

function setUp(transport: Transport, had: CredentialsResult = FOUND) {
  const clock = new VirtualClock();
  const state = {
    clock,
    events: [] as CloudCallEvent[],
    invalidated: [] as string[],
    stamps: [] as number[],
  };
  const plan: CallPlan<null> = {
    api: 'v2',
    action: 'Act',
    ids: ['ins-aaaaaaaa'],
    sign: (_, timestampS) => {
      state.stamps.push(timestampS);
      return {
        request: { method: 'POST', url: 'https://h/', headers: {} },
        requestId: `nonce=${state.stamps.length}`,
        proof: SIGNATURE,
      };
    },
    read: (reply) => (reply.envelope === 'code' ? readWrittenV2(reply) : { ok: true, value: null }),
  };
  const context = {
    scope: { account: 'shop', region: 'gz' },
    transport,
    credentials: { get: async () => had, invalidate: (account: string) => state.invalidated.push(account) },
    clock,
    skew: new ClockSkew(clock),
    onCall: (event: CloudCallEvent) => state.events.push(event),
  };
  return { ...state, call: (signal = NEVER) => callOnce(context, plan, signal) };
}

const answering =
  (body: string, rest: Partial<HttpResponse> = {}): Transport =>
  async () => ({
    status: 200,
    headers: {},
    body,
    ...rest,
  });

describe('one attempt', () => {
  it('succeeds with the vendor request id, or its own where the vendor has none', async () => {
    expect(await setUp(answering('{"code":0}')).call()).toEqual({
      ok: true,
      value: null,
      api: 'v2',
      requestId: 'nonce=1',
    });
    const versioned = setUp(answering('{"Response":{"RequestId":"r-1"}}'));
    expect(await versioned.call()).toMatchObject({ ok: true, requestId: 'r-1' });
    expect(versioned.events).toMatchObject([{ api: 'v2', action: 'Act', code: 'OK', ids: ['ins-aaaaaaaa'] }]);
  });

  it('carries the vendor code and text of a failure', async () => {
    const { call, events } = setUp(answering('{"code":"7003","message":"云"}'));
    expect(await call()).toEqual({
      ok: false,
      error: {
        kind: 'blocked',
        api: 'v2',
        action: 'Act',
        code: '7003',
        message: '云',
        requestId: 'nonce=1',
        sent: true,
      },
    });
    expect(events.map((event) => event.code)).toEqual(['7003']);
  });

  it.each([
    { code: 'ECONNREFUSED', sent: false },
    { code: 'ENOTFOUND', sent: false },
    { code: 'ECONNRESET', sent: true },
    { code: 'ETIMEDOUT', sent: true },
  ])('without a reply ($code) is of kind network and says whether it was sent', async ({ code, sent }) => {
    const { call, events } = setUp(() => Promise.reject(new TransportError(code, 'lost', { sent })));
    expect(await call()).toMatchObject({
      ok: false,
      error: { kind: 'network', code, message: 'lost', sent },
    });
    expect(events.map((event) => event.code)).toEqual([code]);
  });

  it('that a foreign error ended counts as sent', async () => {
    const { call } = setUp(() => Promise.reject(new Error('surprise')));
    expect(await call()).toMatchObject({ error: { kind: 'network', code: 'UNKNOWN', sent: true } });
  });

  it('is of kind network where nothing answers at the address that hands out credentials', async () => {
    const message = 'nothing answers';
    const { call, events } = setUp(answering('{"code":0}'), {
      ok: false,
      code: 'EndpointUnreachable',
      message,
    });
    expect(await call()).toMatchObject({
      error: { kind: 'network', code: 'EndpointUnreachable', message, sent: false },
    });
    expect(events).toEqual([]);
  });

  it('is not made without credentials', async () => {
    const { call, events } = setUp(answering('{"code":0}'), {
      ok: false,
      code: 'NoCredentials',
      message: 'none',
    });
    expect(await call()).toMatchObject({
      error: { kind: 'credential', code: 'NoCredentials', message: 'none', sent: false },
    });
    expect(events).toEqual([]);
  });

  it.each([
    { body: '{"code":4100}', dropped: ['shop'] },
    { body: '{"Response":{"Error":{"Code":"AuthFailure.TokenFailure"}}}', dropped: ['shop'] },
    { body: '{"Response":{"Error":{"Code":"UnauthorizedOperation.InvalidToken"}}}', dropped: ['shop'] },
    { body: '{"Response":{"Error":{"Code":"UnauthorizedOperation.CamNoAuth"}}}', dropped: [] },
    { body: '{"code":4101}', dropped: [] },
    { body: '{"code":5100}', dropped: [] },
  ])('drops cached credentials only when they were refused: $body', async ({ body, dropped }) => {
    const { call, invalidated } = setUp(answering(body));
    await call();
    expect(invalidated).toEqual(dropped);
  });

  it.each(['4500', '4200'])('corrects the clock once on %s, then reports the skew', async (code) => {
    const clock = new VirtualClock();
    const date = new Date(clock.now() + 600_000).toUTCString();
    const { call, stamps } = setUp(answering(`{"code":${code},"message":"m"}`, { headers: { date } }));
    const [first, second] = [await call(), await call()];
    expect(first).toMatchObject({ error: { kind: 'clock', message: 'm' } });
    expect(second).toMatchObject({
      error: { kind: 'clock', message: expect.stringMatching(/^m \(.*600 s behind/) },
    });
    expect(stamps.map((stamp) => stamp - (stamps[0] ?? 0))).toEqual([0, 600]);
  });

  it('signs nothing while the clock is more than a day off, and says so', async () => {
    const date = new Date(Date.UTC(2026, 0, 5)).toUTCString();
    const { call, stamps } = setUp(answering('{"code":4500,"message":"m"}', { headers: { date } }));
    const [first, second] = [await call(), await call()];
    expect(first).toMatchObject({
      error: { kind: 'clock', message: expect.stringContaining('4 days behind') },
    });
    expect(second).toMatchObject({
      error: { kind: 'clock', sent: false, message: expect.stringContaining('nothing is signed until') },
    });
    expect(stamps).toHaveLength(1);
  });

  it('corrects the clock anew after a success', async () => {
    const date = new Date(Date.UTC(2026, 0, 1) + 600_000).toUTCString();
    const bodies = ['{"code":4500,"message":"m"}', '{"code":0}', '{"code":4500,"message":"m"}'];
    const { call } = setUp(async () => ({ status: 200, headers: { date }, body: bodies.shift() ?? '' }));
    await call();
    await call();
    expect(await call()).toMatchObject({ error: { kind: 'clock', message: 'm' } });
  });

  it('rejects with the reason of its signal, before and during the exchange', async () => {
    const gone = new Error('shutting down');
    await expect(setUp(answering('{"code":0}')).call(AbortSignal.abort(gone))).rejects.toBe(gone);
    const abort = new AbortController();
    const { call, events } = setUp(() => {
      abort.abort(gone);
      return Promise.reject(gone);
    });
    await expect(call(abort.signal)).rejects.toBe(gone);
    expect(events.map((event) => event.code)).toEqual(['ABORTED']);
  });

  it.each([
    { reason: 'in an HTML page', transport: answering(`<p>${KEY} ${TOKEN} AKIDwholeIdentity</p>`) },
    { reason: 'in a gateway page', transport: answering(encodeURIComponent(TOKEN), { status: 502 }) },
    { reason: 'cut by the length limit', transport: answering(`<p>${'x'.repeat(485)}${TOKEN}</p>`) },
    {
      reason: 'in a vendor message',
      transport: answering(JSON.stringify({ code: 4105, message: `bad ${TOKEN}` })),
    },
    {
      reason: 'in a transport error',
      transport: () => Promise.reject(new TransportError('X', `${'x'.repeat(485)}${KEY}`, { sent: true })),
    },
  ])('keeps no secret that a server echoes: $reason', async ({ transport }) => {
    const text = JSON.stringify(await setUp(transport).call());
    expect(text).not.toMatch(/verySec|AKIDwholeIdentity/);
  });

  const form = `Action=A&Signature=${encodeURIComponent(SIGNATURE)}&Token=${encodeURIComponent(TOKEN)}`;
  const header = `TC3-HMAC-SHA256 Credential=AKIDwholeIdentity/2026-01-01/cvm/tc3_request, SignedHeaders=host, Signature=${SIGNATURE}`;
  it.each([
    {
      reason: 'an address in a redirect',
      status: 302,
      body: '',
      headers: { location: `https://h/#${form}` },
    },
    { reason: 'a path in a redirect', status: 302, body: '', headers: { location: `https://h/${form}` } },
    { reason: 'the headers in a page', status: 502, body: `<pre>Authorization: ${header}\r\nHost: h</pre>` },
    {
      reason: 'the headers in JSON',
      status: 403,
      body: JSON.stringify({ headers: { Authorization: header } }),
    },
    { reason: 'the body in a page', body: `<p>${form.replaceAll('&', '&amp;')}</p>` },
    {
      reason: 'escaped HTML',
      body: `<p>${SIGNATURE.replaceAll('+', '&#43;').replaceAll('/', '&#x2F;').replaceAll('=', '&#61;')}</p>`,
    },
    {
      reason: 'escaped JSON',
      body: `{"x":"${SIGNATURE.replaceAll('/', '\\/').replaceAll('+', '\\u002b')}"}`,
    },
    { reason: 'an address within an address', body: `<p>${encodeURIComponent(`https://h/?${form}`)}</p>` },
    { reason: 'half of it', body: `<p>Signature=${SIGNATURE.slice(0, 20)}</p>` },
    { reason: 'the code', body: JSON.stringify({ code: `Authorization: ${header}` }) },
    { reason: 'the code of API 3.0', body: JSON.stringify({ Response: { Error: { Code: SIGNATURE } } }) },
    {
      reason: 'the request id',
      body: JSON.stringify({ Response: { RequestId: SIGNATURE, Error: { Code: 'X' } } }),
    },
  ])('keeps no signature that somebody on the way echoes: $reason', async ({ body, ...rest }) => {
    const text = JSON.stringify(await setUp(answering(body, rest)).call());
    expect(text).not.toMatch(/p3n.{0,6}pxBq|BqF5JG|Gngf0|verySec|AKIDwholeIdentity/);
    expect(text).toMatch(/\[secret\]|never followed/);
  });
});

it('reads a refusal rightly even when a secret looks like a piece of JSON', async () => {
  const odd: CredentialsResult = {
    ok: true,
    credentials: { secretId: 'id', secretKey: new Secret('Code'), token: new Secret('"'), source: 'test' },
  };
  const { call } = setUp(
    answering('{"Response":{"Error":{"Code":"AuthFailure.TokenFailure","Message":"m"}}}'),
    odd,
  );
  expect(await call()).toMatchObject({
    error: { kind: 'credential', code: 'AuthFailure.TokenFailure', message: 'm' },
  });
});
