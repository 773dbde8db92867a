/** Credentials as the signers take them, and where they come from as ports. */
import type { CREDENTIALS_NOT_FOUND } from '../../core/cloud-error.ts';
import type { Secret } from '../../runtime/secret.ts';

/** The code of a failure of the network on the way to credentials. */
export const ENDPOINT_UNREACHABLE = 'EndpointUnreachable';

export interface Credentials {
  readonly secretId: string;
  readonly secretKey: Secret;
  /** Session token of temporary keys. */
  readonly token?: Secret;
  /** Milliseconds since the Unix epoch; absent for keys that do not say when they end. */
  readonly expiresAtMs?: number;
  /** Where they came from, for messages, such as `environment`. */
  readonly source: string;
}

export type CredentialsResult =
  | { readonly ok: true; readonly credentials: Credentials }
  | {
      readonly ok: false;
      /**
       * `NoCredentials` when no source has any, `CredentialsUnavailable` when a source that should have them failed,
       * {@link CREDENTIALS_NOT_FOUND} when what should hold them certainly does not exist, {@link ENDPOINT_UNREACHABLE}
       * when nothing answers at the address that hands them out: that says nothing about credentials.
       */
      readonly code:
        | 'NoCredentials'
        | 'CredentialsUnavailable'
        | typeof CREDENTIALS_NOT_FOUND
        | typeof ENDPOINT_UNREACHABLE;
      /** What was tried and what to do next; holds no secret. */
      readonly message: string;
    };

/** Hands out the credentials of each account. */
export interface CredentialsProvider {
  /** Resolves with credentials or with why there are none; rejects only with the signal's reason. */
  get(account: string, signal: AbortSignal): Promise<CredentialsResult>;
  /** The cloud refused the credentials of `account`: they are looked up afresh the next time. */
  invalidate(account: string): void;
}

/** What one source has to say. */
export type SourceAnswer =
  | { readonly kind: 'found'; readonly credentials: Credentials }
  /** This source is not configured here: the next one is asked. */
  | { readonly kind: 'absent'; readonly reason: string }
  /** This source is configured and broken: no other one may silently take its place. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Nothing answers at the address of this source, so nobody knows whether it has any. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** One place that credentials may come from. */
export interface CredentialsSource {
  load(signal: AbortSignal): Promise<SourceAnswer>;
  /** Forget what was read before. */
  reset?(): void;
}
