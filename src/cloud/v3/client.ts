/** API 3.0: writes by `ModifyInstancesAttribute`, reads by `DescribeInstances`, both of CVM 2017-03-12. */
import type { InstanceId } from '../../api/ids.ts';
import {
  type CloudResult,
  type DescribedInstance,
  type GroupListWrite,
  type ListedInstance,
  MAX_PAGE,
  MAX_READ_BATCH,
  type Page,
} from '../../ports/cloud.ts';
import type { Endpoints } from '../endpoint.ts';
import {
  CVM_VERSION,
  type GenerationClient,
  readDescribed,
  readListed,
  readWrittenV3,
} from '../generation-client.ts';
import { type InstanceQuery, vendorFilters } from '../instance-listing.ts';
import { type CallContext, type CallPlan, callOnce } from '../signed-call.ts';
import { v3Request } from './request.ts';

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
  ): Promise<CloudResult<readonly DescribedInstance[]>> {
    const plan = this.#plan({
      action: 'DescribeInstances',
      parameters: { InstanceIds: ids, Limit: MAX_READ_BATCH },
      ids,
      read: (reply) => readDescribed(reply, ids),
    });
    return callOnce(this.#context, plan, signal);
  }

  list(query: InstanceQuery, signal: AbortSignal): Promise<CloudResult<Page<ListedInstance>>> {
    const filters = vendorFilters(query.filter);
    const plan = this.#plan({
      action: 'DescribeInstances',
      parameters: {
        ...(filters.length > 0 && { Filters: filters }),
        Offset: query.offset,
        Limit: MAX_PAGE,
      },
      ids: [],
      read: (reply) => readListed(reply, query),
    });
    return callOnce(this.#context, plan, signal);
  }

  /** All writes carry the same list. */
  write(writes: readonly GroupListWrite[], signal: AbortSignal): Promise<CloudResult<null>> {
    const ids = writes.map((write) => write.instanceId);
    const plan = this.#plan({
      action: 'ModifyInstancesAttribute',
      parameters: { InstanceIds: ids, SecurityGroups: writes[0]?.sgIds },
      ids,
      read: readWrittenV3,
    });
    return callOnce(this.#context, plan, signal);
  }

  #plan<T>({ action, parameters, ids, read }: V3Call<T>): CallPlan<T> {
    const { region } = this.#context.scope;
    const baseUrl = this.#baseUrl;
    const body = JSON.stringify(parameters);
    return {
      api: 'v3',
      action,
      ids,
      read,
      sign: (credentials, timestampS) =>
        v3Request(
          { baseUrl, service: 'cvm', version: CVM_VERSION, region, action, body },
          { credentials, timestampS },
        ),
    };
  }
}

interface V3Call<T> extends Pick<CallPlan<T>, 'action' | 'ids' | 'read'> {
  readonly parameters: Readonly<Record<string, unknown>>;
}
