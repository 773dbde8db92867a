import { expect, it } from 'vitest';
import { Secret } from '../credentials/secret.ts';
import { v3Authorization, v3Signature } from './signature.ts';

// The vendor's published sample; it opens nothing.
const KEY = new Secret('Gu5t9xGARNpq86cd98joQYCN3EXAMPLE');
const INPUT = {
  service: 'cvm',
  host: 'cvm.tencentcloudapi.com',
  contentType: 'application/json; charset=utf-8',
  timestampS: 1551113065,
  body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
};
const SIGNATURE = '72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168';

it('gives the published TC3 signature', () => {
  expect(v3Signature(INPUT, KEY)).toBe(SIGNATURE);
});

it('names id, UTC date, service and signed headers in the Authorization header', () => {
  expect(v3Authorization(INPUT, 'AKIDEXAMPLE', KEY)).toBe(
    'TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2019-02-25/cvm/tc3_request, ' +
      `SignedHeaders=content-type;host, Signature=${SIGNATURE}`,
  );
});

it('changes with the port of the host', () => {
  expect(v3Signature({ ...INPUT, host: '127.0.0.1:8099' }, KEY)).not.toBe(
    v3Signature({ ...INPUT, host: '127.0.0.1' }, KEY),
  );
});

it('is that of each service, day and secret, whichever was signed for before', () => {
  const day = 86_400;
  const inputs = [
    INPUT,
    { ...INPUT, service: 'vpc' },
    { ...INPUT, timestampS: INPUT.timestampS + day },
    { ...INPUT, timestampS: INPUT.timestampS - (INPUT.timestampS % day) - 1 },
  ];
  const alone = inputs.map((input) => v3Authorization(input, 'id', new Secret(KEY.reveal())));
  expect(new Set(alone).size).toBe(inputs.length);
  for (let round = 0; round < 2; round++) {
    expect(inputs.map((input) => v3Authorization(input, 'id', KEY))).toEqual(alone);
  }
  expect(v3Signature(INPUT, new Secret('another'))).not.toBe(SIGNATURE);
});
