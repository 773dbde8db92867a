/** The cloud behind its ports: one client per scope, all on one transport, one clock and one set of credentials. */
import type { CloudError } from '../core/cloud-error.ts';
import { type Scope, scopeKey } from '../core/model.ts';
import type { CloudClient, CloudProvider } from '../ports/cloud.ts';
import type { RuleReader, RuleReaders } from '../ports/rules.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Transport } from '../runtime/transport.ts';
import { ClockSkew } from './clock-skew.ts';
import type { CredentialsProvider } from './credentials/credentials.ts';
import { DEFAULT_ROOT_DOMAIN, resolveEndpoints } from './endpoint.ts';
import { PacedRuleReader } from './rules/rule-reader.ts';
import { ScopeClient } from './scope-client.ts';
import type { CallContext, CloudCallEvent } from './signed-call.ts';
import type { SignatureMethod } from './v2/client.ts';
import { V2Client } from './v2/client.ts';
import { V3Client } from './v3/client.ts';
import { GroupsClient } from './v3/groups-client.ts';
import { RulesClient } from './v3/rules-client.ts';

export interface CloudProviderOptions {
  /**
   * `auto` starts each scope on API 2.0 and moves it to 3.0 once, when 2.0 turns out to be retired. Below a root domain of
   * one's own it starts on 3.0: the hosts of 2.0 lie below none.
   */
  readonly api: 'auto' | 'v2' | 'v3';
  /** One address for both generations, such as `http://127.0.0.1:8099`; the vendor's hosts without it. */
  readonly endpoint?: string | undefined;
  /** What the hosts of API 3.0 lie below, such as `internal.tencentcloudapi.com`; the vendor's without it. */
  readonly rootDomain?: string | undefined;
  /** Lets signed requests go over plain http to other machines. */
  readonly allowInsecureEndpoint?: boolean | undefined;
  readonly transport: Transport;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
  readonly random: Random;
  /** The difference to the cloud's clock, when others want to know it too. */
  readonly skew?: ClockSkew | undefined;
  /** API 2.0 only; `HmacSHA256` without it. */
  readonly signatureMethod?: SignatureMethod | undefined;
  /** API 2.0 only; `POST` without it. */
  readonly v2HttpMethod?: 'GET' | 'POST' | undefined;
  /** Of each action that reads rules or templates; {@link DEFAULT_READS_PER_SECOND} without it. */
  readonly readsPerSecond?: number | undefined;
  /** Told after every attempt that reached the transport. */
  readonly onCall?: ((event: CloudCallEvent) => void) | undefined;
  /** Told once per scope that moves, with the error that was the reason. */
  readonly onApiMoved?: ((scope: Scope, error: CloudError) => void) | undefined;
}

const DEFAULT_READS_PER_SECOND = 40;

/** @throws TypeError for an endpoint or a root domain that cannot be used, see `resolveEndpoints`. */
export function createCloudProvider(options: CloudProviderOptions): CloudProvider & RuleReaders {
  const { endpoint, rootDomain, allowInsecureEndpoint: allowInsecure } = options;
  const endpointsOf = (region: string) => resolveEndpoints(region, { endpoint, rootDomain, allowInsecure });
  // What cannot be used is told before the first scope is asked for.
  endpointsOf('');
  const api = options.api === 'auto' && hasOwnRoot(options) ? 'v3' : options.api;
  const skew = options.skew ?? new ClockSkew(options.clock);
  const clients = new Map<string, CloudClient>();
  const readers = new Map<string, RuleReader>();

  const contextOf = (scope: Scope): CallContext => {
    const { transport, credentials, clock, onCall } = options;
    return { scope, transport, credentials, clock, skew, onCall };
  };
  const v2Of = (context: CallContext): V2Client =>
    new V2Client(context, {
      endpoints: endpointsOf(context.scope.region),
      random: options.random,
      signatureMethod: options.signatureMethod ?? 'HmacSHA256',
      httpMethod: options.v2HttpMethod ?? 'POST',
    });
  const create = (scope: Scope): CloudClient => {
    const { onApiMoved } = options;
    const endpoints = endpointsOf(scope.region);
    const context = contextOf(scope);
    const v3 = new V3Client(context, endpoints);
    const rest = { scope, groups: new GroupsClient(context, endpoints), vendorHosts: !endpoints.custom };
    if (api === 'v3') return new ScopeClient({ ...rest, first: v3 });
    const v2 = v2Of(context);
    if (api === 'v2') return new ScopeClient({ ...rest, first: v2 });
    return new ScopeClient({ ...rest, first: v2, successor: v3, onApiMoved });
  };
  const createReader = (scope: Scope): RuleReader => {
    const { clock, random, readsPerSecond: callsPerSecond = DEFAULT_READS_PER_SECOND } = options;
    const context = contextOf(scope);
    const v3 = new RulesClient(context, endpointsOf(scope.region));
    // API 3.0 tells more of a rule. API 2.0 has no call for templates and references, so those are read by 3.0 in any case.
    const groupRules = api === 'v2' ? v2Of(context).groupRules : v3.groupRules;
    return new PacedRuleReader({
      calls: { groupRules, referrers: v3.referrers, templates: v3.templates },
      clock,
      random,
      callsPerSecond,
    });
  };

  return {
    client: (scope) => remembered(clients, scope, create),
    rules: (scope) => remembered(readers, scope, createReader),
  };
}

function remembered<T>(made: Map<string, T>, scope: Scope, make: (scope: Scope) => T): T {
  const key = scopeKey(scope);
  const known = made.get(key);
  if (known !== undefined) return known;
  const one = make({ account: scope.account, region: scope.region });
  made.set(key, one);
  return one;
}

function hasOwnRoot({ endpoint, rootDomain = DEFAULT_ROOT_DOMAIN }: CloudProviderOptions): boolean {
  return endpoint === undefined && rootDomain !== DEFAULT_ROOT_DOMAIN;
}
