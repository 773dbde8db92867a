import { expect, it } from 'vitest';
import type { KubeConnection } from '../kubernetes/client/kube-connection.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { SecretCredentials } from './secret-credentials.ts';

const NEVER = new AbortController().signal;

/** The credentials of account `shop/cloud`, whose Secret holds these texts. */
function read(texts: Readonly<Record<string, string>>) {
  const data = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
  );
  const connection = { json: async () => ({ data }) } as unknown as KubeConnection;
  const others = {
    get: async () => ({ ok: false, code: 'NoCredentials', message: 'others' }) as const,
    invalidate() {},
  };
  return new SecretCredentials(connection, { clock: new VirtualClock(), others }).get('shop/cloud', NEVER);
}

it('takes keys from a Secret, line breaks around them aside', async () => {
  expect(await read({ secretId: 'AKID\n', secretKey: ' key ', token: '' })).toMatchObject({
    ok: true,
    credentials: { secretId: 'AKID', source: 'Secret shop/cloud' },
  });
});

it.each([
  [
    { TENCENTCLOUD_SECRET_ID: '"AKID"', secretKey: 'k' },
    /^TENCENTCLOUD_SECRET_ID of the Secret "shop\/cloud" holds a quotation mark/,
  ],
  [
    { secretId: 'AKID', secret_key: 'ab\u200bcd' },
    /^secret_key of the Secret .* \(U\+200B\) as character 3 of 5/,
  ],
  [{ secretId: 'AKID', secretKey: 'k', token: 'a–b' }, /^token of the Secret .* a typographic dash/],
  [
    { secretId: 'AKID', secretKey: '\n' },
    /^the Secret "shop\/cloud" lacks TENCENTCLOUD_SECRET_ID or TENCENTCLOUD_SECRET_KEY/,
  ],
])('refuses %j by the name of its field', async (texts, says) => {
  const got = await read(texts);
  expect(got).toMatchObject({ ok: false, code: 'CredentialsUnavailable' });
  expect(got.ok || got.message).toMatch(says);
});
