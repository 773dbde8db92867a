/** The identity of a TKE pod: its web identity token is exchanged at STS (`AssumeRoleWithWebIdentity`, 2018-08-13). */
import { UNREADABLE } from '../../core/cloud-error.ts';
import type { Clock } from '../../runtime/clock.ts';
import { masked } from '../../runtime/masking.ts';
import type { Transport } from '../../runtime/transport.ts';
import { type EndpointOptions, resolveEndpoints } from '../endpoint.ts';
import { bounded, readReply } from '../reply.ts';
import type { CredentialsSource, SourceAnswer } from './credentials.ts';
import type { FileAccess } from './file-access.ts';
import type { Environment } from './static-keys.ts';
import { readTemporaryKeys } from './temporary-keys.ts';

const VARIABLES = ['TKE_REGION', 'TKE_PROVIDER_ID', 'TKE_ROLE_ARN', 'TKE_WEB_IDENTITY_TOKEN_FILE'] as const;
/** Seconds that the keys are asked for. */
const DURATION_S = 7200;

export interface PodIdentityOptions {
  readonly env: Environment;
  readonly files: FileAccess;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Where STS is, for the region of the pod. */
  readonly endpoints: EndpointOptions;
}

export function podIdentitySource(options: PodIdentityOptions): CredentialsSource {
  return { load: (signal) => assumeRole(options, signal) };
}

async function assumeRole(options: PodIdentityOptions, signal: AbortSignal): Promise<SourceAnswer> {
  const { env, files, transport, clock } = options;
  const [region = '', providerId = '', roleArn = '', tokenFile = ''] = VARIABLES.map(
    (name) => env[name] ?? '',
  );
  const missing = VARIABLES.filter((name) => (env[name] ?? '') === '');
  if (missing.length === VARIABLES.length) return { kind: 'absent', reason: `${VARIABLES[2]} is not set` };
  if (missing.length > 0)
    return { kind: 'failed', reason: `pod identity needs ${missing.join(', ')}, not set` };

  let token: string;
  try {
    token = (await files.readFile(tokenFile)).trim();
  } catch {
    return { kind: 'failed', reason: `pod identity token file "${tokenFile}" cannot be read` };
  }
  const body = JSON.stringify({
    ProviderId: providerId,
    WebIdentityToken: token,
    RoleArn: roleArn,
    RoleSessionName: `cvmsg-${Math.floor(clock.wall() / 1000)}`,
    DurationSeconds: DURATION_S,
  });
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    // The token in the body is the proof; STS wants the signature left out in these words.
    authorization: 'SKIP',
    'x-tc-action': 'AssumeRoleWithWebIdentity',
    'x-tc-version': '2018-08-13',
    'x-tc-region': region,
    'x-tc-timestamp': String(Math.floor(clock.wall() / 1000)),
  };
  const { v3Sts } = resolveEndpoints(region, options.endpoints);
  const response = await transport({ method: 'POST', url: `${v3Sts}/`, headers, body }, signal);
  // The reply may echo the identity token.
  const reply = readReply(response, (text) => masked(text, [token]));
  if (!reply.ok) {
    const words = reply.code === UNREADABLE ? 'the reply cannot be read' : `${reply.code} ${reply.message}`;
    return { kind: 'failed', reason: bounded(`STS refused role "${roleArn}": ${words}`) };
  }
  const { Credentials: keys, ExpiredTime: expiredTime } = reply.payload;
  const credentials = readTemporaryKeys({ keys, expiredTime, source: `pod identity of role "${roleArn}"` });
  if (credentials === undefined)
    return { kind: 'failed', reason: 'the reply of STS lacks keys or their end' };
  return { kind: 'found', credentials };
}
