import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../runtime/random.ts';
import {
  authenticateForm,
  authenticateTc3,
  formSignature,
  type Keyring,
  tc3Signature,
} from '../authenticate.ts';
import { CredentialBook } from '../credentials.ts';
import type { Pair } from '../form.ts';
import type { Incoming } from '../incoming.ts';
import { NonceLedger } from '../nonces.ts';

const SAMPLE_ID = 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA';
const SAMPLE_KEY = 'Gu5t9xGARNpq86cd98joQYCN3Cozk1qA';
const SAMPLE_TOKEN = 'tok/en+==';

function keyring(...keys: { secretId: string; secretKey: string; token?: string }[]): Keyring {
  const known = keys.map((key) => ({ ...key, accountName: 'sample' }));
  return { credentials: new CredentialBook(seededRandom(1), known), nonces: new NonceLedger() };
}

const describeFoo: Record<string, string> = {
  Action: 'DescribeInstances',
  Nonce: '1290303896666895346',
  Region: 'ap-guangzhou',
  SecretId: 'secretIdFoo',
  Timestamp: '1512393162',
  Version: '2017-03-12',
};
const describeSample: Record<string, string> = {
  Action: 'DescribeInstances',
  'InstanceIds.0': 'ins-09dx96dg',
  Nonce: '11886',
  Region: 'ap-guangzhou',
  SecretId: SAMPLE_ID,
  Timestamp: '1465185768',
};
const modifySample: Record<string, string> = {
  Action: 'ModifySecurityGroupsOfInstance',
  Nonce: '11886',
  Region: 'gz',
  SecretId: SAMPLE_ID,
  Timestamp: '1512393162',
  'instanceSet.0.instanceId': 'ins-4q118hl2',
  'instanceSet.0.sgIds.0': 'sg-1sdj39df',
  'instanceSet.0.sgIds.1': 'sg-o8sk37is',
};
const twelve: Record<string, string> = {
  Action: 'ModifySecurityGroupsOfInstance',
  Region: 'ap-guangzhou',
  Timestamp: '1512393162',
  Nonce: '9015554204607759363',
  Token: SAMPLE_TOKEN,
  SecretId: SAMPLE_ID,
};
for (let n = 0; n < 12; n++) {
  twelve[`instanceSet.${n}.instanceId`] = `ins-${String(n).padStart(8, '0')}`;
  twelve[`instanceSet.${n}.sgIds.0`] = 'sg-1sdj39df';
}

const CVM = 'cvm.api.qcloud.com';
const DFW = 'dfw.api.qcloud.com';
const FOO = { secretId: 'secretIdFoo', secretKey: 'secretKeyBar' };
const SAMPLE = { secretId: SAMPLE_ID, secretKey: SAMPLE_KEY };

const VECTORS = [
  ['foo, SHA1, POST', FOO, 'POST', CVM, describeFoo, 'HmacSHA1', 'p3n+pxBqF5JGZtDSxoVn5tGngf0='],
  ['foo, SHA1, GET', FOO, 'GET', CVM, describeFoo, 'HmacSHA1', '5HAq1BOKNLEE2/uauWnp6Zv9Z3c='],
  [
    'foo, SHA256, POST',
    FOO,
    'POST',
    CVM,
    describeFoo,
    'HmacSHA256',
    'B2T37FRSP6Fk0/q/cdfrTE0p3zX5ooB/2BPWZUFpsj4=',
  ],
  [
    'sample, SHA256, GET',
    SAMPLE,
    'GET',
    CVM,
    describeSample,
    'HmacSHA256',
    '0EEm/HtGRr/VJXTAD9tYMth1Bzm3lLHz5RCDv1GdM8s=',
  ],
  ['sample, SHA1, GET', SAMPLE, 'GET', CVM, describeSample, 'HmacSHA1', 'nPVnY6njQmwQ8ciqbPl5Qe+Oru4='],
  [
    'modify, SHA256, POST',
    SAMPLE,
    'POST',
    DFW,
    modifySample,
    'HmacSHA256',
    'Ou/Jnb27nAKbUJ6IZ3dnWPX1+g5FNInsmGxbyhJOTbQ=',
  ],
  [
    'modify, SHA256, GET',
    SAMPLE,
    'GET',
    DFW,
    modifySample,
    'HmacSHA256',
    '1MRpdNz8Rp5SfNP/y5276Avc2oHW2P9U9f7q7hLzaNs=',
  ],
  ['modify, SHA1, POST', SAMPLE, 'POST', DFW, modifySample, 'HmacSHA1', 'nQfXadK/gyM7441U+V3KEtzu/fg='],
  ['modify, SHA1, GET', SAMPLE, 'GET', DFW, modifySample, 'HmacSHA1', 'hVYPnHULvtDzi0jzKKEu1fiC9wQ='],
  [
    'twelve instances, a token and a big nonce',
    { ...SAMPLE, token: SAMPLE_TOKEN },
    'POST',
    DFW,
    twelve,
    'HmacSHA256',
    '6KB2lrW4faAiEPJeYiX59gtbQ1AP0yE32i9QTYt9FKQ=',
  ],
] as const;

function incoming(over: Partial<Incoming>): Incoming {
  return { method: 'POST', host: DFW, path: '/v2/index.php', query: '', headers: {}, body: '', ...over };
}

describe('published signature vectors of API 2.0', () => {
  it.each(VECTORS)('accepts %s', (_, key, method, host, params, signatureMethod, signature) => {
    const pairs: Pair[] = Object.entries({
      ...params,
      SignatureMethod: signatureMethod,
      Signature: signature,
    });
    const request = incoming({ method, host });
    const serverMs = Number(params.Timestamp) * 1000;
    const form = { request, pairs: pairs.toReversed(), generation: 'v2' } as const;
    expect(authenticateForm(keyring(key), form, serverMs)).toEqual({ ok: true, account: 'sample' });
  });

  it('refuses a vector when one value differs', () => {
    const params = { ...modifySample, 'instanceSet.0.sgIds.1': 'sg-o8sk37it', SignatureMethod: 'HmacSHA256' };
    const pairs: Pair[] = Object.entries({ ...params, Signature: VECTORS[5][6] });
    const form = { request: incoming({}), pairs, generation: 'v2' } as const;
    expect(authenticateForm(keyring(SAMPLE), form, 1512393162_000)).toMatchObject({
      failure: { v2: '4100' },
    });
  });

  it('takes underscores in names as dots, after sorting', () => {
    const base = { method: 'GET', host: DFW, path: '/v2/index.php', underscoresAsDots: true };
    const underscored = formSignature({ ...base, pairs: [['a_0', 'x']] }, 'key', 'HmacSHA256');
    const dotted = formSignature({ ...base, pairs: [['a.0', 'x']] }, 'key', 'HmacSHA256');
    expect(underscored).toBe(dotted);
  });
});

describe('the published signature vector of API 3.0', () => {
  const signature = '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168';
  const body = '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}';
  const request = (over: Partial<Incoming> = {}) =>
    incoming({
      host: 'cvm.tencentcloudapi.com',
      path: '/',
      body,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-tc-timestamp': '1551113065',
        authorization: `TC3-HMAC-SHA256 Credential=${SAMPLE_ID}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature=${signature}`,
      },
      ...over,
    });
  const secretKey = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE';
  const ring = keyring({ secretId: SAMPLE_ID, secretKey });
  const at = 1551113065_000;

  /** The same request, rightly signed over other headers or for another date. */
  const resigned = (date: string, signedHeaders: readonly string[]) => {
    const unsigned = request();
    const authorization = { secretId: SAMPLE_ID, date, service: 'cvm', signedHeaders, signature: '' };
    const input = { request: unsigned, authorization, host: unsigned.host, timestamp: '1551113065' };
    const header = `TC3-HMAC-SHA256 Credential=${SAMPLE_ID}/${date}/cvm/tc3_request, SignedHeaders=${signedHeaders.join(';')}, Signature=${tc3Signature(input, secretKey)}`;
    return { ...unsigned, headers: { ...unsigned.headers, authorization: header } };
  };
  const signing = (names: string) => resigned('2019-02-25', names.split(';'));
  const dated = (date: string) => resigned(date, ['content-type', 'host']);

  it('is accepted with more headers signed', () => {
    expect(authenticateTc3(ring, signing('content-type;host;x-tc-timestamp'), at)).toMatchObject({
      ok: true,
    });
  });

  it('is accepted', () => {
    expect(authenticateTc3(ring, request(), at)).toEqual({ ok: true, account: 'sample' });
  });

  it('is accepted when the port was sent but not signed', () => {
    const withPort = request({ host: 'cvm.tencentcloudapi.com:8099' });
    expect(authenticateTc3(ring, withPort, at)).toMatchObject({ ok: true });
  });

  it.each([
    ['the body differs', request({ body: `${body} ` }), at, 'AuthFailure.SignatureFailure'],
    ['the host differs', request({ host: 'vpc.tencentcloudapi.com' }), at, 'AuthFailure.SignatureFailure'],
    ['content-type is not signed', signing('host'), at, 'AuthFailure.SignatureFailure'],
    [
      'a header that is signed was not sent',
      signing('content-type;host;x-tc-action'),
      at,
      'AuthFailure.SignatureFailure',
    ],
    ['signed headers are not sorted', signing('host;content-type'), at, 'AuthFailure.SignatureFailure'],
    ['the credential date is another day', dated('2019-02-26'), at, 'AuthFailure.SignatureFailure'],
    ['it is six minutes old', request(), at + 360_000, 'AuthFailure.SignatureExpire'],
    ['it is six minutes early', request(), at - 360_000, 'AuthFailure.SignatureExpire'],
  ])('is refused when %s', (_, given, serverMs, code) => {
    expect(authenticateTc3(ring, given, serverMs)).toMatchObject({ failure: { v3: code } });
  });
});
