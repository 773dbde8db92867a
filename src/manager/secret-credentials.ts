/** Credentials from Secrets for the accounts that are called `namespace/name`; every other account is asked for elsewhere. */
import type { CredentialsProvider, CredentialsResult } from '../cloud/credentials/credentials.ts';
import { readStaticKeys } from '../cloud/credentials/static-keys.ts';
import { CREDENTIALS_NOT_FOUND } from '../core/cloud-error.ts';
import type { KubeConnection } from '../kubernetes/client/kube-connection.ts';
import { readSecret } from '../kubernetes/client/secret-reader.ts';
import type { Clock } from '../runtime/clock.ts';

/** A rotated Secret is picked up within this time, or at once when the cloud refuses the old key. */
const FRESH_MS = 30_000;

/** The names under which people keep each part, most explicit first. */
const NAMES = {
  secretId: ['TENCENTCLOUD_SECRET_ID', 'secretId', 'secret_id'],
  secretKey: ['TENCENTCLOUD_SECRET_KEY', 'secretKey', 'secret_key'],
  token: ['TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_TOKEN', 'token'],
} as const;

export class SecretCredentials implements CredentialsProvider {
  readonly #connection: KubeConnection;
  readonly #clock: Clock;
  readonly #others: CredentialsProvider;
  readonly #cached = new Map<
    string,
    { readonly untilMs: number; readonly result: Promise<CredentialsResult> }
  >();

  constructor(
    connection: KubeConnection,
    options: { readonly clock: Clock; readonly others: CredentialsProvider },
  ) {
    this.#connection = connection;
    this.#clock = options.clock;
    this.#others = options.others;
  }

  get(account: string, signal: AbortSignal): Promise<CredentialsResult> {
    const slash = account.indexOf('/');
    if (slash < 0) return this.#others.get(account, signal);
    const nowMs = this.#clock.now();
    const cached = this.#cached.get(account);
    if (cached !== undefined && nowMs < cached.untilMs) return cached.result;
    const result = this.#read({ namespace: account.slice(0, slash), name: account.slice(slash + 1) }, signal);
    this.#cached.set(account, { untilMs: nowMs + FRESH_MS, result });
    // A failure is never kept.
    const forget = () => this.#cached.delete(account);
    result.then((one) => (one.ok ? undefined : forget()), forget);
    return result;
  }

  invalidate(account: string): void {
    this.#cached.delete(account);
    this.#others.invalidate(account);
  }

  async #read(
    secret: { readonly namespace: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<CredentialsResult> {
    const reading = await readSecret(this.#connection, secret, signal);
    if (!reading.ok) {
      const code = reading.missing ? CREDENTIALS_NOT_FOUND : 'CredentialsUnavailable';
      return { ok: false, code, message: reading.message };
    }
    const where = `the Secret "${secret.namespace}/${secret.name}"`;
    const part = (names: readonly string[]) =>
      names
        .map((name) => ({ name: `${name} of ${where}`, text: reading.data.get(name)?.trim() ?? '' }))
        .find(({ text }) => text !== '');
    const secretId = part(NAMES.secretId);
    const secretKey = part(NAMES.secretKey);
    const token = part(NAMES.token);
    if (secretId === undefined || secretKey === undefined) {
      const message = `${where} lacks ${NAMES.secretId[0]} or ${NAMES.secretKey[0]}`;
      return { ok: false, code: 'CredentialsUnavailable', message };
    }
    const answer = readStaticKeys(
      { secretId, secretKey, token },
      `Secret ${secret.namespace}/${secret.name}`,
    );
    if (answer.kind === 'found') return { ok: true, credentials: answer.credentials };
    return { ok: false, code: 'CredentialsUnavailable', message: answer.reason };
  }
}
