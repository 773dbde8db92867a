/**
 * Credentials per account. `default` asks, in this order: the file that a flag names, the environment, the profile
 * file that `TENCENTCLOUD_CREDENTIALS_FILE` names or that of the home directory, the file of tccli, the pod's identity,
 * the instance's role. Any other account is a profile of that name and nothing else: in the file that a flag names, or
 * without a flag in the profile file or that of tccli. A named account never falls back to somebody else's rights.
 */
import { join } from 'node:path';
import { messageOf } from '../../api/message-of.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type Transport, TransportError } from '../../runtime/transport.ts';
import { checkEndpoint, type EndpointOptions, resolveEndpoints } from '../endpoint.ts';
import { isRecord } from '../reply.ts';
import { AccountCredentials } from './account-credentials.ts';
import {
  type CredentialsProvider,
  type CredentialsResult,
  type CredentialsSource,
  ENDPOINT_UNREACHABLE,
  type SourceAnswer,
} from './credentials.ts';
import { type FileAccess, systemFiles } from './file-access.ts';
import { instanceRoleSource } from './instance-role-source.ts';
import { podIdentitySource } from './pod-identity-source.ts';
import { type ParsedProfiles, ProfileFile, parseProfiles } from './profile-file.ts';
import { type Environment, environmentSource } from './static-keys.ts';

/** The account of bindings that name no credentials. */
const DEFAULT_ACCOUNT = 'default';

/** Names the profile file, as for the vendor's own SDKs. */
const FILE_VARIABLE = 'TENCENTCLOUD_CREDENTIALS_FILE';

export interface CredentialsProviderOptions {
  readonly env: Environment;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Holds `.tencentcloud/credentials` and `.tccli/<profile>.credential`; absent where there is no home. */
  readonly homeDir?: string | undefined;
  /** A profile file named by the user; it comes first, and must exist. */
  readonly file?: string | undefined;
  /** The real file system without it. */
  readonly files?: FileAccess | undefined;
  /** One address in place of STS; the vendor's host for the region of the pod without it. */
  readonly stsEndpoint?: string | undefined;
  /** What the vendor's host of STS lies below; the vendor's own root domain without it. */
  readonly rootDomain?: string | undefined;
  /** `http://metadata.tencentyun.com` without it. */
  readonly metadataEndpoint?: string | undefined;
  /** Lets the identity token go to STS over plain http to other machines. */
  readonly allowInsecureEndpoint?: boolean | undefined;
  /** Loose permissions of a file, a failed refresh. Holds no secret. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Reads nothing before the first `get`. @throws TypeError for an STS endpoint or a root domain that cannot be used. */
export function createCredentialsProvider(options: CredentialsProviderOptions): CredentialsProvider {
  return new ChainedCredentials(options);
}

/** Each account has its own chain of sources: the first that has a key gives it. */
class ChainedCredentials implements CredentialsProvider {
  readonly #options: CredentialsProviderOptions;
  readonly #files: FileAccess;
  readonly #endpoints: EndpointOptions;
  readonly #metadataEndpoint: string;
  /** The file of `--credentials-file`. */
  readonly #named: ProfileFile | undefined;
  /** The file that the environment names, or that of the vendor's tools. */
  readonly #shared: ProfileFile | undefined;
  readonly #isSharedNamed: boolean;
  readonly #accounts = new Map<
    string,
    { keeper: AccountCredentials; sources: readonly CredentialsSource[] }
  >();

  constructor(options: CredentialsProviderOptions) {
    this.#options = options;
    const { env, homeDir, files = systemFiles } = options;
    this.#files = files;
    const allowInsecure = options.allowInsecureEndpoint ?? false;
    this.#endpoints = { endpoint: options.stsEndpoint, rootDomain: options.rootDomain, allowInsecure };
    // What cannot be used is told before anybody asks.
    resolveEndpoints('', this.#endpoints);
    // The vendor serves metadata by plain http, on a link that does not leave the host.
    const metadata = options.metadataEndpoint ?? 'http://metadata.tencentyun.com';
    this.#metadataEndpoint = checkEndpoint(metadata, { allowInsecure: true });
    this.#named = options.file === undefined ? undefined : this.#open(options.file);
    const fromEnv = env[FILE_VARIABLE]?.trim() ?? '';
    this.#isSharedNamed = fromEnv !== '';
    if (fromEnv !== '') this.#shared = this.#open(fromEnv);
    else if (homeDir !== undefined) this.#shared = this.#open(join(homeDir, '.tencentcloud', 'credentials'));
  }

  get(account: string, signal: AbortSignal): ReturnType<CredentialsProvider['get']> {
    return this.#entryOf(account).keeper.get(signal);
  }

  invalidate(account: string): void {
    const { keeper, sources } = this.#entryOf(account);
    for (const source of sources) source.reset?.();
    keeper.invalidate();
  }

  #entryOf(account: string) {
    const known = this.#accounts.get(account);
    if (known !== undefined) return known;
    const { clock, onWarning } = this.#options;
    const sources = this.#sourcesOf(account);
    const load = (signal: AbortSignal) => loadFromChain(sources, signal);
    const entry = { keeper: new AccountCredentials({ clock, load, onWarning }), sources };
    this.#accounts.set(account, entry);
    return entry;
  }

  #sourcesOf(account: string): readonly CredentialsSource[] {
    const named = this.#named;
    if (account !== DEFAULT_ACCOUNT) {
      const sources =
        named === undefined ? this.#profileSources(account, 'absent') : [named.source(account, 'failed')];
      return sources.length === 0 ? [noFileSource(account)] : sources;
    }
    const { env, transport, clock, metadataEndpoint } = this.#options;
    return [
      ...(named === undefined ? [] : [named.source(DEFAULT_ACCOUNT, 'failed')]),
      environmentSource(env),
      // A file that somebody named has to be there.
      ...this.#profileSources(DEFAULT_ACCOUNT, this.#isSharedNamed ? 'failed' : 'absent'),
      podIdentitySource({ env, files: this.#files, transport, clock, endpoints: this.#endpoints }),
      instanceRoleSource({
        transport,
        metadataEndpoint: this.#metadataEndpoint,
        isNamed: metadataEndpoint !== undefined,
      }),
    ];
  }

  /** The profile file and that of tccli, as far as there can be any. */
  #profileSources(profile: string, missing: 'absent' | 'failed'): readonly CredentialsSource[] {
    const { homeDir } = this.#options;
    const shared = this.#shared === undefined ? [] : [this.#shared.source(profile, missing)];
    if (homeDir === undefined || !isFileName(profile)) return shared;
    const path = join(homeDir, '.tccli', `${profile}.credential`);
    const tccli = this.#open(path, (text) => parseTccli(text, profile));
    return [...shared, tccli.source(profile, 'absent')];
  }

  #open(path: string, parse: (text: string) => ParsedProfiles = parseProfiles): ProfileFile {
    const { clock, onWarning } = this.#options;
    return new ProfileFile({ path, files: this.#files, clock, parse, onWarning });
  }
}

/** Whether the file of tccli can be called so: an account comes from a document and must lead to no other folder. */
function isFileName(profile: string): boolean {
  return /^[\w-][\w.-]*$/.test(profile);
}

function noFileSource(account: string): CredentialsSource {
  const reason = `account "${account}" needs a credentials file with a profile of that name; name one`;
  return { load: async () => ({ kind: 'failed', reason }) };
}

/**
 * The JSON of the vendor's command line, `~/.tccli/<profile>.credential`: `secretId`, `secretKey`, and `token` and
 * `expiresAt` after a login. The file holds one profile. No text of it is ever reported.
 */
function parseTccli(text: string, profile: string): ParsedProfiles {
  const wrong = (problem: string): ParsedProfiles => ({ ok: false, line: 1, problem });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return wrong('expected the JSON that `tccli configure` writes');
  }
  if (!isRecord(json)) return wrong('expected a JSON object with `secretId` and `secretKey`');
  // The keys of such a profile only serve to take on the role, whose rights are others.
  if (typeof json['role-arn'] === 'string' && json['role-arn'] !== '') {
    return wrong(
      'it takes on a role (`role-arn`), which cvmsg does not; use keys of the role, or another profile',
    );
  }
  const { secretId, secretKey, token, expiresAt } = json;
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries({ secret_id: secretId, secret_key: secretKey, token })) {
    if (typeof value === 'string') fields.set(name, value.trim());
  }
  if (typeof expiresAt === 'number') fields.set('expires_at', String(expiresAt));
  return { ok: true, profiles: new Map([[profile, fields]]) };
}

// Asks sources in order; the first that is configured decides, even when it fails.

/** Resolves for every failure of a source; rejects only with the signal's reason. */
async function loadFromChain(
  sources: readonly CredentialsSource[],
  signal: AbortSignal,
): Promise<CredentialsResult> {
  const reasons: string[] = [];
  for (const source of sources) {
    const answer = await ask(source, signal);
    if (answer.kind === 'found') return { ok: true, credentials: answer.credentials };
    if (answer.kind === 'failed') {
      return { ok: false, code: 'CredentialsUnavailable', message: answer.reason };
    }
    if (answer.kind === 'unreachable') {
      const others = reasons.length === 0 ? '' : `; no other credentials: ${reasons.join('; ')}`;
      return { ok: false, code: ENDPOINT_UNREACHABLE, message: `${answer.reason}${others}` };
    }
    reasons.push(answer.reason);
  }
  return { ok: false, code: 'NoCredentials', message: `no credentials found: ${reasons.join('; ')}` };
}

async function ask(source: CredentialsSource, signal: AbortSignal): Promise<SourceAnswer> {
  try {
    return await source.load(signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = `credentials cannot be fetched: ${messageOf(error)}`;
    return { kind: error instanceof TransportError ? 'unreachable' : 'failed', reason };
  }
}
