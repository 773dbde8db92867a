import { describe, expect, it } from 'vitest';
import type { BindingKey } from '../../src/api/ids.ts';
import type { FormatName } from '../../src/notify/formats/all-formats.ts';
import { sendTo, shownMessage } from '../../src/notify/target.ts';
import { Secret } from '../../src/runtime/secret.ts';
import { TransportError } from '../../src/runtime/transport.ts';
import { FORMAT_NAMES, notificationOf, targetWorld } from './target-world.ts';
import { KEY, SIGNING_SECRET } from './vendors.ts';

const LONG = '安全组被改动，'.repeat(5_000);

describe.each(FORMAT_NAMES)('the format %s', (format) => {
  const send = async (over: Parameters<typeof notificationOf>[0] = {}) => {
    const world = targetWorld(format);
    const sending = sendTo(world.target, notificationOf(over), world.sender);
    await world.clock.advance(1_000);
    return { ...world, answer: await sending };
  };

  it('is accepted by a strict server of its vendor, and says what happened, where and to whom', async () => {
    const { answer, vendor } = await send();
    expect(answer).toEqual({ result: 'sent' });
    const [body = ''] = vendor.accepted;
    for (const words of ['drift was found and repaired', 'opened tcp/22', 'shop/web', 'ap-guangzhou'])
      expect(body.includes(words) || body.replaceAll('\\', '').includes(words), words).toBe(true);
  });

  it.each([
    ['one endless Chinese line', { details: [LONG] }],
    ['a thousand lines', { details: Array.from({ length: 1_000 }, (_, n) => `行 ${n} ${'字'.repeat(300)}`) }],
    ['an endless title', { title: LONG }],
    ['nothing but a title', { details: [], bindings: [], scope: undefined, revision: undefined }],
    ['many bindings', { bindings: Array.from({ length: 5_000 }, (_, n) => `shop/b${n}` as BindingKey) }],
    ['control characters', { title: 'a\u001b[31m\nb\u202e', details: ['"\\\u0000<@all>\ud800'] }],
  ])('keeps to what its vendor takes of %s', async (_, over) => {
    const { answer, vendor } = await send(over);
    expect(vendor.refused).toEqual([]);
    expect(answer).toEqual({ result: 'sent' });
  });

  it('makes no link, mention or element of what others have named', async () => {
    const { vendor } = await send({
      details: ['[x](http://evil.example) <@all> <!channel> <at id=all></at> **b**'],
    });
    const [body = ''] = vendor.accepted;
    if (format !== 'webhook' && format !== 'flux')
      for (const markup of ['<@all>', '<!channel>', '<at id']) expect(body).not.toContain(markup);
    if (['wecom', 'feishu', 'dingtalk'].includes(format)) expect(body).not.toContain('](http');
  });

  it('knows an answer that is none of its vendor', async () => {
    const world = targetWorld(format);
    for (const [status, isFinal] of [
      [404, true],
      [500, false],
      [302, true],
    ] as const) {
      world.vendor.broken = () => ({ status, headers: { location: 'https://evil.example' }, body: '<html>' });
      const sending = sendTo(world.target, notificationOf(), world.sender);
      await world.clock.advance(1_000);
      expect(await sending).toMatchObject({ result: 'failed', isFinal });
    }
  });

  it.each([
    [429, ' \n'],
    [500, ''],
    [200, ''],
    [200, '{"errcode": 93000, "code": 19001}'],
  ])('ends no detail in a colon when the vendor answers %i with %j', async (status, body) => {
    const world = targetWorld(format);
    world.vendor.broken = () => ({ status, headers: {}, body });
    const sending = sendTo(world.target, notificationOf(), world.sender);
    await world.clock.advance(1_000);
    expect(await sending).not.toMatchObject({ detail: expect.stringMatching(/:\s*$/) });
  });

  it('tells neither address nor secret, whatever fails and whatever is echoed', async () => {
    const world = targetWorld(format);
    const { vendor, queue, clock, wire, log, target } = world;
    const details: string[] = [];
    const hookUrl = vendor.url('https://hooks.example.com');
    const echo = `${hookUrl} ${SIGNING_SECRET} ${encodeURIComponent(hookUrl)} key=${KEY} ${vendor.path}`;
    const failures: (() => void)[] = [
      () => (vendor.broken = () => ({ status: 500, headers: {}, body: echo })),
      () => (vendor.broken = () => ({ status: 403, headers: {}, body: JSON.stringify({ error: echo }) })),
      () => (vendor.broken = () => ({ status: 302, headers: { location: hookUrl }, body: echo })),
      () => (vendor.broken = () => ({ status: 200, headers: {}, body: echo })),
      () =>
        (vendor.broken = () => ({
          ...{ status: 200, headers: {} },
          body: JSON.stringify({ errcode: 93_000, errmsg: echo, code: 19_001, msg: echo }),
        })),
      () => (vendor.broken = () => ({ status: 429, headers: { 'retry-after': '1' }, body: echo })),
      () =>
        (wire.transport = async () => {
          throw new TransportError('ECONNRESET', `sending to ${hookUrl} failed`, { sent: true });
        }),
      () =>
        (wire.transport = async () => {
          throw new TypeError(`Invalid URL ${hookUrl} ${SIGNING_SECRET}`);
        }),
    ];
    for (const fail of failures) {
      fail();
      queue.add(notificationOf());
      const sending = sendTo(target, notificationOf(), world.sender);
      await clock.advance(60_000);
      details.push(JSON.stringify(await sending));
      await clock.advance(3_600_000);
    }
    const shown = JSON.stringify(await shownMessage(target, notificationOf(), clock.wall()));
    const told = [...log, ...details, shown].join('\n');
    expect(log.length).toBeGreaterThan(5);
    // Two of them take any answer of success.
    expect(details.filter((detail) => /failed|throttled/.test(detail)).length).toBeGreaterThanOrEqual(6);
    for (const secret of [KEY, vendor.path, hookUrl, ...(vendor.isSigned ? [SIGNING_SECRET] : [])])
      expect(told.includes(secret), secret).toBe(false);
  });

  it('says without the address that it cannot be had', async () => {
    const { target, sender } = targetWorld(format);
    const url = async () => {
      throw new Error('the file that `urlFile` names is empty');
    };
    const answer = await sendTo({ ...target, url }, notificationOf(), sender);
    expect(answer).toEqual({
      result: 'failed',
      isFinal: false,
      detail: 'the file that `urlFile` names is empty',
    });
  });
});

describe.each(['feishu', 'dingtalk', 'webhook'] as FormatName[])('the signature of %s', (format) => {
  it('is refused for good where the secret is another one', async () => {
    const { target, sender, clock, vendor } = targetWorld(format);
    const secret = async () => new Secret('another secret');
    const sending = sendTo({ ...target, secret }, notificationOf(), sender);
    await clock.advance(1_000);
    expect(await sending).toMatchObject({ result: 'failed', isFinal: true });
    expect(vendor.accepted).toEqual([]);
  });
});

it('a webhook names a hundred bindings and counts all', async () => {
  const { target, sender, vendor, clock } = targetWorld('webhook');
  const bindings = Array.from({ length: 5_000 }, (_, n) => `shop/b${n}` as BindingKey);
  const sending = sendTo(target, notificationOf({ bindings }), sender);
  await clock.advance(1_000);
  await sending;
  const body = JSON.parse(vendor.accepted[0] ?? '');
  expect([body.bindings.length, body.bindingCount]).toEqual([100, 5_000]);
});

it('what Flux calls an error is what is no information', async () => {
  const severities = await Promise.all(
    (['info', 'warning', 'error'] as const).map(async (severity) => {
      const { target, sender, vendor, clock } = targetWorld('flux');
      const sending = sendTo(target, notificationOf({ severity }), sender);
      await clock.advance(1_000);
      await sending;
      return JSON.parse(vendor.accepted[0] ?? '').severity;
    }),
  );
  expect(severities).toEqual(['info', 'error', 'error']);
});
