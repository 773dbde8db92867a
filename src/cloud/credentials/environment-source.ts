/** Keys in the environment, under the names that the vendor's own tools use. */
import type { CredentialsSource, SourceAnswer } from './credentials.ts';
import { readStaticKeys } from './static-keys.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const ID = 'TENCENTCLOUD_SECRET_ID';
const KEY = 'TENCENTCLOUD_SECRET_KEY';
const TOKENS = ['TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN'];

export function environmentSource(env: Environment): CredentialsSource {
  return { load: async () => readEnvironment(env) };
}

function readEnvironment(env: Environment): SourceAnswer {
  const read = (name: string) => env[name]?.trim() ?? '';
  const secretId = read(ID);
  const secretKey = read(KEY);
  if (secretId === '' && secretKey === '') return { kind: 'absent', reason: `${ID} and ${KEY} are not set` };
  if (secretId === '') return { kind: 'failed', reason: `${KEY} is set but ${ID} is not; set both` };
  if (secretKey === '') return { kind: 'failed', reason: `${ID} is set but ${KEY} is not; set both` };
  const token = TOKENS.map((name) => ({ name, text: read(name) })).find(({ text }) => text !== '');
  return readStaticKeys(
    { secretId: { name: ID, text: secretId }, secretKey: { name: KEY, text: secretKey }, token },
    'environment',
  );
}
