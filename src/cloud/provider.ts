/** The cloud behind its port: one client per scope, all on one transport, one clock and one set of credentials. */
import type { CloudError } from '../core/cloud-error.ts';
import { type Scope, scopeKey } from '../core/model.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Transport } from '../runtime/transport.ts';
import { ClockSkew } from './clock-skew.ts';
import type { CredentialsProvider } from './credentials/credentials.ts';
import { resolveEndpoints } from './endpoint.ts';
import type { CloudClient, CloudProvider } from './port.ts';
import { ScopeClient } from './scope-client.ts';
import type { CallContext, CloudCallEvent } from './signed-call.ts';
import { V2Client } from './v2/client.ts';
import type { SignatureMethod } from './v2/signature.ts';
import { V3Client } from './v3/client.ts';
import { GroupsClient } from './v3/groups-client.ts';

export interface CloudProviderOptions {
  /** `auto` starts each scope on API 2.0 and moves it to 3.0 once, when 2.0 turns out to be retired. */
  readonly api: 'auto' | 'v2' | 'v3';
  /** One address for both generations, such as `http://127.0.0.1:8099`; the vendor's hosts without it. */
  readonly endpoint?: string | undefined;
  /** Lets signed requests go over plain http to other machines. */
  readonly allowInsecureEndpoint?: boolean | undefined;
  readonly transport: Transport;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
  readonly random: Random;
  /** API 2.0 only; `HmacSHA256` without it. */
  readonly signatureMethod?: SignatureMethod | undefined;
  /** API 2.0 only; `POST` without it. */
  readonly v2HttpMethod?: 'GET' | 'POST' | undefined;
  /** Told after every attempt that reached the transport. */
  readonly onCall?: ((event: CloudCallEvent) => void) | undefined;
  /** Told once per scope that moves, with the error that was the reason. */
  readonly onApiMoved?: ((scope: Scope, error: CloudError) => void) | undefined;
}

/** @throws TypeError for an endpoint that cannot be used, see `checkEndpoint`. */
export function createCloudProvider(options: CloudProviderOptions): CloudProvider {
  const endpoints = resolveEndpoints(options.endpoint, {
    allowInsecure: options.allowInsecureEndpoint ?? false,
  });
  const skew = new ClockSkew(options.clock);
  const clients = new Map<string, CloudClient>();

  const create = (scope: Scope): CloudClient => {
    const { transport, credentials, clock, random, onCall, onApiMoved } = options;
    const context: CallContext = { scope, transport, credentials, clock, skew, onCall };
    const v3 = new V3Client(context, endpoints);
    const rest = { scope, groups: new GroupsClient(context, endpoints), vendorHosts: !endpoints.custom };
    if (options.api === 'v3') return new ScopeClient({ ...rest, first: v3 });
    const v2 = new V2Client(context, {
      endpoints,
      random,
      signatureMethod: options.signatureMethod ?? 'HmacSHA256',
      httpMethod: options.v2HttpMethod ?? 'POST',
    });
    if (options.api === 'v2') return new ScopeClient({ ...rest, first: v2 });
    return new ScopeClient({ ...rest, first: v2, successor: v3, onApiMoved });
  };

  return {
    client(scope) {
      const key = scopeKey(scope);
      const known = clients.get(key);
      if (known !== undefined) return known;
      const client = create({ account: scope.account, region: scope.region });
      clients.set(key, client);
      return client;
    },
  };
}
