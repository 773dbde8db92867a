/**
 * Credentials per account. `default` asks, in this order: the file that a flag names, the environment, the profile
 * file of the home directory, the pod's identity, the instance's role. Any other account is a profile of the file,
 * and nothing else: a named account never falls back to somebody else's rights.
 */
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import type { Transport } from '../../runtime/transport.ts';
import { checkEndpoint } from '../endpoint.ts';
import { AccountCredentials } from './account-credentials.ts';
import type { CredentialsProvider, CredentialsSource } from './credentials.ts';
import { type Environment, environmentSource } from './environment-source.ts';
import { type FileAccess, systemFiles } from './file-access.ts';
import { instanceRoleSource } from './instance-role-source.ts';
import { podIdentitySource } from './pod-identity-source.ts';
import { ProfileFile } from './profile-file.ts';
import { loadFromChain } from './source-chain.ts';

/** The account of bindings that name no credentials. */
const DEFAULT_ACCOUNT = 'default';

export interface CredentialsProviderOptions {
  readonly env: Environment;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Holds `.tencentcloud/credentials`; absent where there is no home. */
  readonly homeDir?: string | undefined;
  /** A profile file named by the user; it comes first, and must exist. */
  readonly file?: string | undefined;
  /** The real file system without it. */
  readonly files?: FileAccess | undefined;
  /** `https://sts.tencentcloudapi.com` without it. */
  readonly stsEndpoint?: string | undefined;
  /** `http://metadata.tencentyun.com` without it. */
  readonly metadataEndpoint?: string | undefined;
  /** Lets the identity token go to STS over plain http to other machines. */
  readonly allowInsecureEndpoint?: boolean | undefined;
  /** Loose permissions of a file, a failed refresh. Holds no secret. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Reads nothing before the first `get`. @throws TypeError for an STS endpoint that cannot be used. */
export function createCredentialsProvider(options: CredentialsProviderOptions): CredentialsProvider {
  const { env, transport, clock, homeDir, files = systemFiles, onWarning } = options;
  const allowInsecure = options.allowInsecureEndpoint ?? false;
  const stsEndpoint = checkEndpoint(options.stsEndpoint ?? 'https://sts.tencentcloudapi.com', {
    allowInsecure,
  });
  // The vendor serves metadata by plain http, on a link that does not leave the host.
  const metadataEndpoint = checkEndpoint(options.metadataEndpoint ?? 'http://metadata.tencentyun.com', {
    allowInsecure: true,
  });
  const open = (path: string) => new ProfileFile({ path, files, onWarning });
  const named = options.file === undefined ? undefined : open(options.file);
  const home = homeDir === undefined ? undefined : open(join(homeDir, '.tencentcloud', 'credentials'));

  const sourcesOf = (account: string): readonly CredentialsSource[] => {
    if (account !== DEFAULT_ACCOUNT) {
      const file = named ?? home;
      return file === undefined ? [noFileSource(account)] : [file.source(account, 'failed')];
    }
    return [
      ...(named === undefined ? [] : [named.source(DEFAULT_ACCOUNT, 'failed')]),
      environmentSource(env),
      ...(home === undefined ? [] : [home.source(DEFAULT_ACCOUNT, 'absent')]),
      podIdentitySource({ env, files, transport, clock, stsEndpoint }),
      instanceRoleSource({ transport, metadataEndpoint }),
    ];
  };

  const accounts = new Map<string, { keeper: AccountCredentials; sources: readonly CredentialsSource[] }>();
  const entryOf = (account: string) => {
    const known = accounts.get(account);
    if (known !== undefined) return known;
    const sources = sourcesOf(account);
    const keeper = new AccountCredentials({
      clock,
      load: (signal) => loadFromChain(sources, signal),
      onWarning,
    });
    const entry = { keeper, sources };
    accounts.set(account, entry);
    return entry;
  };

  return {
    get: (account, signal) => entryOf(account).keeper.get(signal),
    invalidate(account) {
      const { keeper, sources } = entryOf(account);
      for (const source of sources) source.reset?.();
      keeper.invalidate();
    },
  };
}

function noFileSource(account: string): CredentialsSource {
  const reason = `account "${account}" needs a credentials file with a profile of that name; name one`;
  return { load: async () => ({ kind: 'failed', reason }) };
}
