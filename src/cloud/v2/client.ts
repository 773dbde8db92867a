/**
 * API 2.0: writes by `ModifySecurityGroupsOfInstance` on module `dfw`, reads by `DescribeInstances` on module `cvm`
 * with a `Version`. At one shared address the two are told apart by Action and Version alone.
 */

import { createHmac } from 'node:crypto';
import type { InstanceId, SecurityGroupId } from '../../api/ids.ts';
import {
  type CloudResult,
  type DescribedInstance,
  type GroupListWrite,
  type ListedInstance,
  MAX_PAGE,
  MAX_READ_BATCH,
  type Page,
} from '../../ports/cloud.ts';
import type { Random } from '../../runtime/random.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { Endpoints } from '../endpoint.ts';
import {
  CVM_VERSION,
  type GenerationClient,
  readDescribed,
  readListed,
  readWrittenV2,
} from '../generation-client.ts';
import { type InstanceQuery, type VendorFilter, vendorFilters } from '../instance-listing.ts';
import type { GroupRulesCall, KnownRules } from '../rules/rule-calls.ts';
import { type CallContext, type CallPlan, callOnce, type SignedRequest } from '../signed-call.ts';
import { readPolicies } from './policies.ts';

export interface V2ClientOptions {
  readonly endpoints: Endpoints;
  readonly random: Random;
  readonly signatureMethod: SignatureMethod;
  readonly httpMethod: 'GET' | 'POST';
}

const RULES_ACTION = 'DescribeSecurityGroupPolicys';

export class V2Client implements GenerationClient {
  readonly api = 'v2';
  readonly writeLimits = { maxInstances: 20, oneListPerCall: false };
  readonly groupRules: GroupRulesCall = {
    action: RULES_ACTION,
    read: (sgId, signal) => this.#rules(sgId, signal),
  };
  readonly #context: CallContext;
  readonly #options: V2ClientOptions;

  constructor(context: CallContext, options: V2ClientOptions) {
    this.#context = context;
    this.#options = options;
  }

  describe(
    ids: readonly InstanceId[],
    signal: AbortSignal,
  ): Promise<CloudResult<readonly DescribedInstance[]>> {
    // Without a Limit the cloud answers with the first 20 alone.
    const parameters = {
      Version: CVM_VERSION,
      Limit: String(MAX_READ_BATCH),
      ...flattenIds(ids),
    };
    const plan = {
      action: 'DescribeInstances',
      baseUrl: this.#options.endpoints.v2Cvm,
      parameters,
      ids,
      read: (reply) => readDescribed(reply, ids),
    } satisfies V2Call<readonly DescribedInstance[]>;
    return callOnce(this.#context, this.#plan(plan), signal);
  }

  list(query: InstanceQuery, signal: AbortSignal): Promise<CloudResult<Page<ListedInstance>>> {
    const plan = {
      action: 'DescribeInstances',
      baseUrl: this.#options.endpoints.v2Cvm,
      parameters: {
        Version: CVM_VERSION,
        Offset: String(query.offset),
        Limit: String(MAX_PAGE),
        ...flattenFilters(vendorFilters(query.filter)),
      },
      ids: [],
      read: (reply) => readListed(reply, query),
    } satisfies V2Call<Page<ListedInstance>>;
    return callOnce(this.#context, this.#plan(plan), signal);
  }

  write(writes: readonly GroupListWrite[], signal: AbortSignal): Promise<CloudResult<null>> {
    const plan = {
      action: 'ModifySecurityGroupsOfInstance',
      baseUrl: this.#options.endpoints.v2Dfw,
      parameters: flattenWrites(writes),
      ids: writes.map((write) => write.instanceId),
      read: readWrittenV2,
    } satisfies V2Call<null>;
    return callOnce(this.#context, this.#plan(plan), signal);
  }

  #rules(sgId: SecurityGroupId, signal: AbortSignal): Promise<CloudResult<KnownRules>> {
    const plan = {
      action: RULES_ACTION,
      baseUrl: this.#options.endpoints.v2Dfw,
      parameters: { sgId },
      ids: [],
      read: readPolicies,
    } satisfies V2Call<KnownRules>;
    return callOnce(this.#context, this.#plan(plan), signal);
  }

  #plan<T>(call: V2Call<T>): CallPlan<T> {
    const { random, signatureMethod, httpMethod } = this.#options;
    const { region } = this.#context.scope;
    const { action, baseUrl, parameters, ids, read } = call;
    return {
      api: 'v2',
      action,
      ids,
      read,
      sign: (credentials, timestampS) =>
        v2Request(
          { baseUrl, method: httpMethod, signatureMethod, region, action, parameters },
          { credentials, timestampS, nonce: drawNonce(random) },
        ),
    };
  }
}

interface V2Call<T> extends Pick<CallPlan<T>, 'action' | 'ids' | 'read'> {
  readonly baseUrl: string;
  readonly parameters: Parameters;
}

function flattenIds(ids: readonly InstanceId[]): Parameters {
  return Object.fromEntries(ids.map((id, index) => [`InstanceIds.${index}`, id]));
}

/** `Filters.0.Name`, `Filters.0.Values.0`. */
function flattenFilters(filters: readonly VendorFilter[]): Parameters {
  return Object.fromEntries(
    filters.flatMap(({ Name, Values }, index) => [
      [`Filters.${index}.Name`, Name],
      ...Values.map((value, place) => [`Filters.${index}.Values.${place}`, value]),
    ]),
  );
}

/** `instanceSet.0.instanceId`, `instanceSet.0.sgIds.0`: arrays count from zero. */
function flattenWrites(writes: readonly GroupListWrite[]): Parameters {
  return Object.fromEntries(
    writes.flatMap(({ instanceId, sgIds }, index) => [
      [`instanceSet.${index}.instanceId`, instanceId],
      ...sgIds.map((sgId, place) => [`instanceSet.${index}.sgIds.${place}`, sgId]),
    ]),
  );
}

// Builds signed requests of API 2.0.

const PATH = '/v2/index.php';

interface V2RequestOptions {
  /** Scheme and authority. */
  readonly baseUrl: string;
  readonly method: 'GET' | 'POST';
  readonly signatureMethod: SignatureMethod;
  readonly region: string;
  readonly action: string;
  /** The action's own parameters, flattened. */
  readonly parameters: Parameters;
}

/** What makes one attempt unlike any other. */
interface V2Attempt {
  readonly credentials: Credentials;
  /** Unix seconds. */
  readonly timestampS: number;
  /** A positive integer up to 2^63-1 as text: a JavaScript number cannot hold it. */
  readonly nonce: string;
}

/** One attempt's request; POST carries everything in the body, GET everything in the query. */
function v2Request(options: V2RequestOptions, attempt: V2Attempt): SignedRequest {
  const { baseUrl, method, action } = options;
  const { credentials, timestampS, nonce } = attempt;
  const unsigned: Parameters = {
    ...options.parameters,
    Action: action,
    Region: options.region,
    Timestamp: String(timestampS),
    Nonce: nonce,
    SecretId: credentials.secretId,
    SignatureMethod: options.signatureMethod,
    ...(credentials.token !== undefined && { Token: credentials.token.reveal() }),
  };
  const host = new URL(baseUrl).host;
  const signature = v2Signature(
    { method, host, path: PATH, parameters: unsigned },
    credentials.secretKey.reveal(),
  );
  const encoded = encodeForm({ ...unsigned, Signature: signature });
  const requestId = `nonce=${nonce} timestamp=${timestampS}`;
  if (method === 'GET') {
    return {
      request: { method, url: `${baseUrl}${PATH}?${encoded}`, headers: {} },
      requestId,
      proof: signature,
    };
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return {
    request: { method, url: `${baseUrl}${PATH}`, headers, body: encoded },
    requestId,
    proof: signature,
  };
}

function encodeForm(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

/** A nonce of 63 random bits, never zero. */
function drawNonce(random: Random): string {
  const high = BigInt(Math.floor(random.next() * 2 ** 31));
  const low = BigInt(Math.floor(random.next() * 2 ** 32));
  const nonce = (high << 32n) | low;
  return String(nonce === 0n ? 1n : nonce);
}

// The signature of API 2.0 (vendor document "Signature", 2.0).

/** Values of the parameter `SignatureMethod`. */
export type SignatureMethod = 'HmacSHA256' | 'HmacSHA1';

/** Parameter names to raw values, arrays already flattened with dots: `instanceSet.0.sgIds.1`. */
export type Parameters = Readonly<Record<string, string>>;

interface V2SigningInput {
  readonly method: 'GET' | 'POST';
  /** The Host header as sent, with its port where it has one. */
  readonly host: string;
  readonly path: string;
  /** All parameters that are sent, `Signature` excepted. */
  readonly parameters: Parameters;
}

/** The text under the signature. */
export function v2StringToSign({ method, host, path, parameters }: V2SigningInput): string {
  // The order is that of the raw names in bytes; `_` becomes `.` only afterwards. Names are ASCII, so the
  // default order of strings is the order of bytes.
  const pairs = Object.keys(parameters)
    .filter((name) => name !== 'Signature')
    .sort()
    .map((name) => `${name.replaceAll('_', '.')}=${parameters[name]}`);
  return `${method}${host}${path}?${pairs.join('&')}`;
}

/** The parameter `Signature`, Base64; the algorithm is that of the parameter `SignatureMethod`, SHA-1 without one. */
export function v2Signature(input: V2SigningInput, secretKey: string): string {
  const algorithm = input.parameters.SignatureMethod === 'HmacSHA256' ? 'sha256' : 'sha1';
  return createHmac(algorithm, secretKey).update(v2StringToSign(input), 'utf8').digest('base64');
}
