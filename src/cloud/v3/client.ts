/** API 3.0: writes by `ModifyInstancesAttribute`, reads by `DescribeInstances`, both of CVM 2017-03-12. */
import type { InstanceId } from '../../api/ids.ts';
import { longRegionName } from '../../api/region.ts';
import type { ObservedInstance } from '../../core/model.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { Endpoints } from '../endpoint.ts';
import { CVM_VERSION, type GenerationClient, readDescribed, readWritten } from '../generation-client.ts';
import { type CloudResult, type GroupListWrite, MAX_READ_BATCH } from '../port.ts';
import { type CallContext, callOnce, type SignedRequest } from '../signed-call.ts';
import { v3Authorization } from './signature.ts';

const CONTENT_TYPE = 'application/json; charset=utf-8';
const SERVICE = 'cvm';

export class V3Client implements GenerationClient {
  readonly api = 'v3';
  readonly writeLimits = { maxInstances: 100, oneListPerCall: true };
  readonly #context: CallContext;
  readonly #baseUrl: string;

  constructor(context: CallContext, endpoints: Endpoints) {
    this.#context = context;
    this.#baseUrl = endpoints.v3Cvm;
  }

  describe(
    ids: readonly InstanceId[],
    signal: AbortSignal,
  ): Promise<CloudResult<readonly ObservedInstance[]>> {
    const action = 'DescribeInstances';
    const body = JSON.stringify({ InstanceIds: ids, Limit: MAX_READ_BATCH });
    return callOnce(
      this.#context,
      {
        api: 'v3',
        action,
        ids,
        sign: (credentials, timestampS) => this.#sign({ action, body }, credentials, timestampS),
        read: (reply) => readDescribed(reply, ids),
      },
      signal,
    );
  }

  /** All writes carry the same list. */
  write(writes: readonly GroupListWrite[], signal: AbortSignal): Promise<CloudResult<null>> {
    const action = 'ModifyInstancesAttribute';
    const ids = writes.map((write) => write.instanceId);
    const body = JSON.stringify({ InstanceIds: ids, SecurityGroups: writes[0]?.sgIds });
    return callOnce(
      this.#context,
      {
        api: 'v3',
        action,
        ids,
        sign: (credentials, timestampS) => this.#sign({ action, body }, credentials, timestampS),
        read: readWritten,
      },
      signal,
    );
  }

  #sign(
    { action, body }: { readonly action: string; readonly body: string },
    credentials: Credentials,
    timestampS: number,
  ): SignedRequest {
    const host = new URL(this.#baseUrl).host;
    const input = { service: SERVICE, host, contentType: CONTENT_TYPE, timestampS, body };
    const headers = {
      'content-type': CONTENT_TYPE,
      authorization: v3Authorization(input, credentials.secretId, credentials.secretKey.reveal()),
      'x-tc-action': action,
      'x-tc-version': CVM_VERSION,
      'x-tc-region': longRegionName(this.#context.scope.region),
      'x-tc-timestamp': String(timestampS),
      ...(credentials.token !== undefined && { 'x-tc-token': credentials.token.reveal() }),
    };
    return { request: { method: 'POST', url: `${this.#baseUrl}/`, headers, body }, requestId: '' };
  }
}
