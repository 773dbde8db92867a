import { describe, expect, it } from 'vitest';
import { type Parameters, v2Signature, v2StringToSign } from './client.ts';

// Published sample pairs of the vendor; they open nothing.
const FOO = { secretId: 'secretIdFoo', secretKey: 'secretKeyBar' };
const AKID = {
  secretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA',
  secretKey: 'Gu5t9xGARNpq86cd98joQYCN3Cozk1qA',
};
const CVM = 'cvm.api.qcloud.com';
const DFW = 'dfw.api.qcloud.com';

const VERSIONED: Parameters = {
  Action: 'DescribeInstances',
  Nonce: '1290303896666895346',
  Region: 'ap-guangzhou',
  SecretId: FOO.secretId,
  Timestamp: '1512393162',
  Version: '2017-03-12',
};
const SAMPLE: Parameters = {
  Action: 'DescribeInstances',
  'InstanceIds.0': 'ins-09dx96dg',
  Nonce: '11886',
  Region: 'ap-guangzhou',
  SecretId: AKID.secretId,
  Timestamp: '1465185768',
};
const WRITE: Parameters = {
  Action: 'ModifySecurityGroupsOfInstance',
  Nonce: '11886',
  Region: 'gz',
  SecretId: AKID.secretId,
  Timestamp: '1512393162',
  'instanceSet.0.instanceId': 'ins-4q118hl2',
  'instanceSet.0.sgIds.0': 'sg-1sdj39df',
  'instanceSet.0.sgIds.1': 'sg-o8sk37is',
};
const TWELVE: Parameters = {
  Action: 'ModifySecurityGroupsOfInstance',
  Nonce: '9015554204607759363',
  Region: 'ap-guangzhou',
  SecretId: AKID.secretId,
  Timestamp: '1512393162',
  Token: 'tok/en+==',
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [
      [`instanceSet.${n}.instanceId`, `ins-${String(n).padStart(8, '0')}`],
      [`instanceSet.${n}.sgIds.0`, 'sg-1sdj39df'],
    ]).flat(),
  ),
};

describe('the signature of API 2.0', () => {
  it.each([
    ['versioned read', 'POST', 'HmacSHA1', CVM, VERSIONED, FOO, 'p3n+pxBqF5JGZtDSxoVn5tGngf0='],
    ['versioned read', 'GET', 'HmacSHA1', CVM, VERSIONED, FOO, '5HAq1BOKNLEE2/uauWnp6Zv9Z3c='],
    [
      'versioned read',
      'POST',
      'HmacSHA256',
      CVM,
      VERSIONED,
      FOO,
      'B2T37FRSP6Fk0/q/cdfrTE0p3zX5ooB/2BPWZUFpsj4=',
    ],
    [
      'published sample',
      'GET',
      'HmacSHA256',
      CVM,
      SAMPLE,
      AKID,
      '0EEm/HtGRr/VJXTAD9tYMth1Bzm3lLHz5RCDv1GdM8s=',
    ],
    ['published sample', 'GET', 'HmacSHA1', CVM, SAMPLE, AKID, 'nPVnY6njQmwQ8ciqbPl5Qe+Oru4='],
    ['write', 'POST', 'HmacSHA256', DFW, WRITE, AKID, 'Ou/Jnb27nAKbUJ6IZ3dnWPX1+g5FNInsmGxbyhJOTbQ='],
    ['write', 'GET', 'HmacSHA256', DFW, WRITE, AKID, '1MRpdNz8Rp5SfNP/y5276Avc2oHW2P9U9f7q7hLzaNs='],
    ['write', 'POST', 'HmacSHA1', DFW, WRITE, AKID, 'nQfXadK/gyM7441U+V3KEtzu/fg='],
    ['write', 'GET', 'HmacSHA1', DFW, WRITE, AKID, 'hVYPnHULvtDzi0jzKKEu1fiC9wQ='],
    [
      'twelve instances, token, big nonce',
      'POST',
      'HmacSHA256',
      DFW,
      TWELVE,
      AKID,
      '6KB2lrW4faAiEPJeYiX59gtbQ1AP0yE32i9QTYt9FKQ=',
    ],
  ] as const)('gives the published value: %s by %s and %s', (...row) => {
    const [reason, method, signatureMethod, host, parameters, { secretKey }, signature] = row;
    const signed = { ...parameters, SignatureMethod: signatureMethod };
    expect(v2Signature({ method, host, path: '/v2/index.php', parameters: signed }, secretKey), reason).toBe(
      signature,
    );
  });

  it('sorts by the raw name in byte order, writes _ as . afterwards, and leaves Signature out', () => {
    const parameters = { 'a.b': '1', a_c: '2', 'a.10': '3', 'a.2': '4', B: '5', Signature: 'x' };
    const text = v2StringToSign({ method: 'GET', host: 'h:1', path: '/p', parameters });
    expect(text).toBe('GETh:1/p?B=5&a.10=3&a.2=4&a.b=1&a.c=2');
  });

  it('is SHA-1 for every SignatureMethod but HmacSHA256', () => {
    const sign = (parameters: Parameters) =>
      v2Signature({ method: 'GET', host: 'h', path: '/', parameters }, 'key').length;
    expect(sign({})).toBe(28);
    expect(sign({ SignatureMethod: 'HmacSHA256' })).toBe(44);
  });
});
