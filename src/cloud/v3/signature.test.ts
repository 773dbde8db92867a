import { expect, it } from 'vitest';
import { Secret } from '../../runtime/secret.ts';
import { v3Authorization, v3Signature } from './request.ts';

// The vendor's published sample; it opens nothing.
const KEY = new Secret('Gu5t9xGARNpq86cd98joQYCN3EXAMPLE');
const INPUT = {
  service: 'cvm',
  headers: { host: 'cvm.tencentcloudapi.com', 'content-type': 'application/json; charset=utf-8' },
  timestampS: 1551113065,
  body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
};
const SIGNATURE = '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168';

it('gives the published TC3 signature', () => {
  expect(v3Signature(INPUT, KEY)).toBe(SIGNATURE);
});

it('names id, UTC date, service and signed headers in the Authorization header', () => {
  expect(v3Authorization(INPUT, { secretId: 'AKIDEXAMPLE', secretKey: KEY })).toBe(
    'TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2019-02-25/cvm/tc3_request, ' +
      `SignedHeaders=content-type;host, Signature=${SIGNATURE}`,
  );
});

it('changes with the port of the host', () => {
  const at = (host: string) => v3Signature({ ...INPUT, headers: { ...INPUT.headers, host } }, KEY);
  expect(at('127.0.0.1:8099')).not.toBe(at('127.0.0.1'));
});

it('is over every header that it is given, in order, without regard to case and spaces around', () => {
  const over = (more: Readonly<Record<string, string>>) => {
    const input = { ...INPUT, headers: { ...INPUT.headers, ...more } };
    return v3Authorization(input, { secretId: 'id', secretKey: KEY });
  };
  const action = over({ 'x-tc-version': '2017-03-12', 'x-tc-action': 'DescribeInstances' });
  expect(action).toContain('SignedHeaders=content-type;host;x-tc-action;x-tc-version,');
  expect(over({ 'x-tc-action': ' describeinstances ', 'x-tc-version': '2017-03-12' })).toBe(action);
  expect(over({ 'x-tc-action': 'TerminateInstances', 'x-tc-version': '2017-03-12' })).not.toBe(action);
});

it('is that of each service, day and secret, whichever was signed for before', () => {
  const day = 86_400;
  const inputs = [
    INPUT,
    { ...INPUT, service: 'vpc' },
    { ...INPUT, timestampS: INPUT.timestampS + day },
    { ...INPUT, timestampS: INPUT.timestampS - (INPUT.timestampS % day) - 1 },
  ];
  const alone = inputs.map((input) =>
    v3Authorization(input, { secretId: 'id', secretKey: new Secret(KEY.reveal()) }),
  );
  expect(new Set(alone).size).toBe(inputs.length);
  for (let round = 0; round < 2; round++) {
    expect(inputs.map((input) => v3Authorization(input, { secretId: 'id', secretKey: KEY }))).toEqual(alone);
  }
  expect(v3Signature(INPUT, new Secret('another'))).not.toBe(SIGNATURE);
});
