/**
 * Security groups and their quota, of VPC 2017-03-12 (vendor documents "DescribeSecurityGroups" and
 * "DescribeSecurityGroupLimits"). It is API 3.0 whichever generation writes: API 2.0 has no action for the quota.
 */
import { isSecurityGroupId } from '../../api/ids.ts';
import type { Endpoints } from '../endpoint.ts';
import { foreignReply } from '../generation-client.ts';
import { readPage } from '../page.ts';
import { type CloudResult, MAX_PAGE, type Page, type SecurityGroup } from '../port.ts';
import { isRecord, unreadable } from '../reply.ts';
import { type CallContext, type CallPlan, callOnce } from '../signed-call.ts';
import { v3Request } from './request.ts';

const VPC_VERSION = '2017-03-12';

export class GroupsClient {
  readonly #context: CallContext;
  readonly #baseUrl: string;

  constructor(context: CallContext, endpoints: Endpoints) {
    this.#context = context;
    this.#baseUrl = endpoints.v3Vpc;
  }

  list(offset: number, signal: AbortSignal): Promise<CloudResult<Page<SecurityGroup>>> {
    // The vendor has both numbers as text here.
    const parameters = { Offset: String(offset), Limit: String(MAX_PAGE) };
    const read: CallPlan<Page<SecurityGroup>>['read'] = ({ envelope, payload }) => {
      if (envelope !== 'response') return foreignReply('a read');
      const page = readPage(payload, {
        rows: 'SecurityGroupSet',
        offset,
        read: readGroup,
        idOf: (group) => group.sgId,
      });
      return page.ok ? { ok: true, value: page.page } : unreadable(page.message);
    };
    return callOnce(this.#context, this.#plan('DescribeSecurityGroups', parameters, read), signal);
  }

  limit(signal: AbortSignal): Promise<CloudResult<number>> {
    const read: CallPlan<number>['read'] = ({ envelope, payload }) => {
      if (envelope !== 'response') return foreignReply('a read');
      const set = payload.SecurityGroupLimitSet;
      const limit = isRecord(set) ? set.InstanceSecurityGroupLimit : undefined;
      return typeof limit === 'number' && Number.isSafeInteger(limit) && limit >= 1
        ? { ok: true, value: limit }
        : unreadable('the answer has no usable InstanceSecurityGroupLimit');
    };
    return callOnce(this.#context, this.#plan('DescribeSecurityGroupLimits', {}, read), signal);
  }

  #plan<T>(
    action: string,
    parameters: Readonly<Record<string, string>>,
    read: CallPlan<T>['read'],
  ): CallPlan<T> {
    const { region } = this.#context.scope;
    const baseUrl = this.#baseUrl;
    const body = JSON.stringify(parameters);
    return {
      api: 'v3',
      action,
      ids: [],
      read,
      sign: (credentials, timestampS) =>
        v3Request(
          { baseUrl, service: 'vpc', version: VPC_VERSION, region, action, body },
          { credentials, timestampS },
        ),
    };
  }
}

/** One row of a SecurityGroupSet, or what is wrong with it. */
function readGroup(row: unknown): SecurityGroup | string {
  if (!isRecord(row)) return 'the SecurityGroupSet holds something that is no object';
  const sgId = row.SecurityGroupId;
  if (typeof sgId !== 'string' || !isSecurityGroupId(sgId)) {
    return 'the SecurityGroupSet holds a group without a valid SecurityGroupId';
  }
  const name = row.SecurityGroupName;
  return { sgId, name: typeof name === 'string' ? name : '' };
}
