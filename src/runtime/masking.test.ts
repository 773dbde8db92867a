import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOfReply } from '../kubernetes/client/kube-error.ts';
import { masked } from './masking.ts';

const html = (text: string) => text.replace(/[^A-Za-z0-9]/g, (one) => `&#${one.codePointAt(0)};`);
const htmlHex = (text: string) =>
  text.replace(/[^A-Za-z0-9]/g, (one) => `&#x${one.codePointAt(0)?.toString(16)};`);
const json = (text: string) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/');
const ENCODINGS: readonly ((text: string) => string)[] = [
  (text) => text,
  encodeURIComponent,
  (text) =>
    encodeURIComponent(text)
      .toLowerCase()
      .replace(/%[0-9a-f]{2}/g, (one) => one.toLowerCase()),
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => new URLSearchParams({ x: text }).toString().slice(2),
  html,
  htmlHex,
  (text) => html(text).replaceAll('&', '&amp;'),
  json,
  (text) => html(encodeURIComponent(text)),
];

describe('a masked text', () => {
  it('holds no secret of the request, however it was encoded', () => {
    const secrets = fc.string({ unit: fc.constantFrom(...'abXY01+/=._-&" <>'), minLength: 4, maxLength: 40 });
    const lower = (text: string) => text.toLowerCase();
    fc.assert(
      fc.property(
        secrets,
        fc.constantFrom(...ENCODINGS.slice(0, 2), ...ENCODINGS.slice(3)),
        (secret, encode) => {
          const shown = masked(`before ${encode(secret)} after`, [secret]);
          expect(lower(shown)).not.toContain(lower(encode(secret)));
          expect(shown.endsWith('after')).toBe(true);
        },
      ),
    );
  });

  it.each([
    'Authorization: TC3-HMAC-SHA256 Credential=AKID/d/cvm/tc3_request, SignedHeaders=host, Signature=5ecre7f00d5ecre7f00d',
    'authorization=Bearer 5ecre7f00d.5ecre7f00d',
    '"Authorization": ["Basic 5ecre7f00d5ecre7f00d=="]',
    '<td>Authorization:</td><td>Bearer 5ecre7f00d5ecre7f00d</td>',
    'it was sent with Bearer 5ecre7f00d5ecre7f00d',
    'GET /v2/index.php?Action=A&Signature=5ecre7f00d%2B5ecre7f00d%3D&Region=gz',
    'GET /v2/index.php?Action=A&amp;Signature=5ecre7f00d&#43;5ecre7f00d&amp;Region=gz',
    'url=https%3A%2F%2Fh%2Fv2%3FSignature%3D5ecre7f00d%252B5ecre7f00d%26Region%3Dgz',
    '{\\"Signature\\":\\"5ecre7f00d5ecre7f00d\\"}',
    'X-TC-Token: 5ecre7f00d5ecre7f00d',
    '{"WebIdentityToken":"5ecre7f00d.5ecre7f00d"}',
    'TmpSecretKey=5ecre7f00d5ecre7f00d',
    'Proxy-Authorization: Basic 5ecre7f00d5ecre7f00d',
  ])('holds nothing that stands behind a known name: %s', (text) => {
    expect(masked(text)).not.toContain('5ecre7f00d');
    expect(masked(text)).toContain('[secret]');
  });

  it.each([
    'The provided credentials could not be validated. Please check your signature is correct. (TC3-HMAC-SHA256)',
    'The `Authorization` header is malformed.',
    'The token is illegal: it is expired.',
    'Basic authentication is required by the bearer of this',
    '(4100)鉴权失败,签名不正确',
    'The security groups `sg-00000001` do not exist.',
  ])('keeps the words of the vendor: %s', (text) => {
    expect(masked(text)).toBe(text);
  });

  it('of a page that is made to be slow takes no time to speak of', () => {
    for (const piece of [
      '%25',
      '\\',
      'authorization ',
      'Signature=',
      '&amp;',
      'Bearer ',
      '<td>',
      'Signature = "',
    ]) {
      const page = piece.repeat(1_000_000 / piece.length);
      const start = performance.timeOrigin + performance.now();
      masked(page, ['/a+b=c/d', '%%%%&&&&']);
      expect(performance.timeOrigin + performance.now() - start, piece).toBeLessThan(2_000);
    }
  });
});

it('an error of the API server keeps no token that a proxy in between echoes', () => {
  const token = 'eyJhbGciOi.5ecre7/f00d+x';
  for (const body of [
    `<pre>GET /apis HTTP/1.1\nAuthorization: Bearer ${token}\n</pre>`,
    JSON.stringify({ message: `denied for ${html(token)}`, reason: token }),
    JSON.stringify({ headers: { authorization: [`Bearer ${token}`] } }),
  ]) {
    const { message, reason } = errorOfReply('GET /apis', { status: 502, body, secrets: [token] });
    expect(message + reason).not.toMatch(/5ecre7|f00d/);
    expect(message).toContain('[secret]');
  }
});
