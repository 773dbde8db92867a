/** Keys that somebody copied to where they are read: what copying adds to them is found before anything is sent. */
import { Secret } from '../../runtime/secret.ts';
import type { CredentialsSource, SourceAnswer } from './credentials.ts';

/** A part of a key pair. */
export interface KeyPart {
  /** Where its owner finds it, such as a variable or the field of a file. */
  readonly name: string;
  /** Not empty. */
  readonly text: string;
}

export interface StaticKeys {
  readonly secretId: KeyPart;
  readonly secretKey: KeyPart;
  readonly token?: KeyPart | undefined;
}

/** The credentials, or which part holds what no key has, and where in it; no part is quoted. */
export function readStaticKeys({ secretId, secretKey, token }: StaticKeys, source: string): SourceAnswer {
  const parts = [secretId, secretKey, ...(token === undefined ? [] : [token])];
  const reason = parts.map(partProblem).find((problem) => problem !== undefined);
  if (reason !== undefined) return { kind: 'failed', reason };
  return {
    kind: 'found',
    credentials: {
      secretId: secretId.text,
      secretKey: new Secret(secretKey.text),
      ...(token !== undefined && { token: new Secret(token.text) }),
      source,
    },
  };
}

/** Ids, keys and tokens of the vendor are printable ASCII without spaces and quotes. */
const NO_KEY_CHARACTER = /[^\x21-\x7e]|["'`]/u;

function partProblem({ name, text }: KeyPart): string | undefined {
  const found = NO_KEY_CHARACTER.exec(text);
  if (found === null) return undefined;
  const [character] = found;
  const position = [...text.slice(0, found.index)].length + 1;
  return `${name} holds ${described(character)} as character ${position} of ${[...text].length}, which no key has; write it again without`;
}

function described(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  if (/["'`\p{Pi}\p{Pf}„‚]/u.test(character)) return `a quotation mark (${code})`;
  if (/\p{Pd}/u.test(character)) return `a typographic dash (${code})`;
  if (/\p{Z}/u.test(character) || /[\t\r\n]/.test(character)) return `a space or line break (${code})`;
  if (/\p{C}/u.test(character)) return `an invisible character (${code})`;
  return `a character outside ASCII (${code})`;
}

// Keys in the environment, under the names that the vendor's own tools use.

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
