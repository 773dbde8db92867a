import { expect, it } from 'vitest';
import { simulated } from '../../test/wire/simulated.ts';

const URL_OF_ROLES = 'http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/';

async function secretId(cloud: ReturnType<typeof simulated>): Promise<string> {
  const given = await cloud.json({ method: 'GET', url: `${URL_OF_ROLES}cvmsg-role`, headers: {} });
  return (given as { TmpSecretId: string }).TmpSecretId;
}

it('gives the same key until less than half an hour of it is left, then a fresh one', async () => {
  const cloud = simulated();
  const first = await secretId(cloud);
  await cloud.virtual.advance(5_390_000);
  expect(await secretId(cloud)).toBe(first);
  await cloud.virtual.advance(20_000);
  expect(await secretId(cloud)).not.toBe(first);
});

it('forgets keys that ended a day ago', async () => {
  const cloud = simulated();
  const first = await secretId(cloud);
  await cloud.virtual.advance(7_200_000 + 86_400_001);
  await secretId(cloud);
  expect(cloud.credentialBook.find(first)).toBeUndefined();
  expect(cloud.credentialBook.list()).toHaveLength(2);
});

it('is met by faults that name it, and not by those for every action', async () => {
  const cloud = simulated();
  cloud.faults.add({ kind: 'http', status: 500 });
  expect(await secretId(cloud)).toMatch(/^AKID/);
  cloud.faults.add({ kind: 'http', status: 503, action: 'GetRoleCredential' });
  const reply = await cloud.transport({ method: 'GET', url: `${URL_OF_ROLES}cvmsg-role`, headers: {} });
  expect(reply.status).toBe(503);
  expect(cloud.calls.entries().map((call) => call.outcome)).toEqual(['ok', 'HTTP 503']);
});

it.each([
  ['GET', 'no-such-role', 404],
  ['POST', 'cvmsg-role', 405],
] as const)('answers %s %s with %i', async (method, role, status) => {
  const reply = await simulated().transport({ method, url: `${URL_OF_ROLES}${role}`, headers: {} });
  expect(reply.status).toBe(status);
});
