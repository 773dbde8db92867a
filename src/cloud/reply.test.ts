import { describe, expect, it } from 'vitest';
import { MAX_REPLY_BYTES, readReply } from './reply.ts';

const reply = (body: string, status = 200, headers: Record<string, string> = {}) =>
  readReply({ status, headers, body });

describe('a reply', () => {
  it.each([
    ['{"code":0,"message":"","codeDesc":"Success"}', 'the 2.0 envelope'],
    ['{"code":"0"}', 'a code as text, nothing else'],
    ['  {"Response":{"RequestId":"r-1"}}\n', 'the 3.0 envelope'],
  ])('is accepted: %s', (body, reason) => {
    expect(reply(body).ok, reason).toBe(true);
  });

  it.each([
    {
      reason: 'a code as a number, a Chinese message',
      body: '{"code":7003,"message":"(100004)云服务器状态不允许","codeDesc":"X"}',
      refusal: { kind: 'blocked', code: '7003', message: '(100004)云服务器状态不允许' },
    },
    {
      reason: 'a code as text, no codeDesc',
      body: '{"code":"5100","message":"retry"}',
      refusal: { kind: 'transient', code: '5100', message: 'retry' },
    },
    {
      reason: 'codeDesc stands in for an empty message',
      body: '{"code":4400,"message":"","codeDesc":"QuotaExceeded"}',
      refusal: { kind: 'throttled', code: '4400', message: 'QuotaExceeded' },
    },
    {
      reason: 'the envelope of 3.0 keeps the request id',
      body: '{"Response":{"Error":{"Code":"ActionOffline","Message":"gone"},"RequestId":"r-2"}}',
      refusal: { kind: 'retired', code: 'ActionOffline', message: 'gone', requestId: 'r-2' },
    },
    {
      reason: 'an error in JSON is read even with HTTP 403',
      status: 403,
      body: '{"code":4102,"message":"no"}',
      refusal: { kind: 'denied', code: '4102', message: 'no' },
    },
  ])('is refused with the words of the vendor: $reason', ({ body, status, refusal, reason }) => {
    expect(reply(body, status), reason).toEqual({ ok: false, ...refusal });
  });

  it.each([
    { reason: 'empty', body: ' ', code: 'UNREADABLE', message: 'empty body' },
    {
      reason: 'HTML with 200',
      body: '<html>login</html>',
      code: 'UNREADABLE',
      message: 'HTML instead of JSON: <html>login</html>',
    },
    {
      reason: 'truncated',
      body: '{"Response":{"Ins',
      code: 'UNREADABLE',
      message: 'broken JSON of 17 characters: {"Response":{"Ins',
    },
    { reason: 'an array', body: '[]', code: 'UNREADABLE', message: 'JSON without an object: []' },
    {
      reason: 'foreign JSON',
      body: '{"ok":true}',
      code: 'UNREADABLE',
      message: 'JSON that is no reply of the cloud: {"ok":true}',
    },
    {
      reason: 'code null',
      body: '{"code":null}',
      code: 'UNREADABLE',
      message: 'a reply without a usable code: {"code":null}',
    },
    {
      reason: 'error without code',
      body: '{"Response":{"Error":{}}}',
      code: 'UNREADABLE',
      message: 'an error without a code: {"Error":{}}',
    },
    {
      reason: 'error null',
      body: '{"Response":{"Error":null}}',
      code: 'UNREADABLE',
      message: 'an error without a code: {"Error":null}',
    },
    {
      reason: 'a gateway',
      status: 502,
      body: '<h1>Bad\nGateway</h1>',
      code: 'HTTP 502',
      message: '<h1>Bad Gateway</h1>',
    },
    {
      reason: 'success text with 500',
      status: 500,
      body: '{"code":0}',
      code: 'HTTP 500',
      message: '{"code":0}',
    },
    { reason: 'no body', status: 503, body: '', code: 'HTTP 503', message: 'empty body' },
    {
      reason: 'success text with 404',
      status: 404,
      body: '{"code":0}',
      code: 'HTTP 404',
      message: '{"code":0}',
    },
  ])('that proves nothing is of kind network: $reason', ({ body, status, code, message, reason }) => {
    expect(reply(body, status), reason).toEqual({ ok: false, kind: 'network', code, message });
  });

  it('with HTTP 429 is throttled', () => {
    expect(reply('slow down', 429)).toMatchObject({
      kind: 'throttled',
      code: 'HTTP 429',
      message: 'slow down',
    });
  });

  it('that redirects names the address without its query', () => {
    const moved = reply('', 302, { location: 'https://elsewhere.example/v2?Token=abc' });
    expect(moved).toMatchObject({
      kind: 'network',
      code: 'HTTP 302',
      message: 'a redirect to "https://elsewhere.example/v2" is never followed',
    });
  });

  it('larger than 8 MiB is refused', () => {
    const body = `{"code":0,"pad":"${'x'.repeat(MAX_REPLY_BYTES)}"}`;
    expect(reply(body)).toMatchObject({ ok: false, kind: 'network', code: 'UNREADABLE' });
  });

  it('of any length keeps a bounded text', () => {
    const refused = reply(`<html>${'y'.repeat(10_000)}`);
    expect(refused.ok || refused.message.length).toBeLessThan(600);
  });
});
