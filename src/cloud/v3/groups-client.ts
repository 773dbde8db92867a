/**
 * Security groups and their quota, of VPC 2017-03-12 (vendor documents "DescribeSecurityGroups" and
 * "DescribeSecurityGroupLimits"). It is API 3.0 whichever generation writes: API 2.0 has no action for the quota.
 */
import { isSecurityGroupId } from '../../api/ids.ts';
import { type CloudResult, type ListedGroup, MAX_PAGE, type Page } from '../../ports/cloud.ts';
import type { Endpoints } from '../endpoint.ts';
import { foreignReply } from '../generation-client.ts';
import { readPage } from '../page.ts';
import { isRecord, unreadable } from '../reply.ts';
import { type CallContext, type CallPlan, callOnce } from '../signed-call.ts';
import { type VpcCall, vpcPlan } from './vpc-plan.ts';

export class GroupsClient {
  readonly #context: CallContext;
  readonly #baseUrl: string;

  constructor(context: CallContext, endpoints: Endpoints) {
    this.#context = context;
    this.#baseUrl = endpoints.v3Vpc;
  }

  list(offset: number, signal: AbortSignal): Promise<CloudResult<Page<ListedGroup>>> {
    // The vendor has both numbers as text here.
    const parameters = { Offset: String(offset), Limit: String(MAX_PAGE) };
    const read: CallPlan<Page<ListedGroup>>['read'] = ({ envelope, payload }) => {
      if (envelope !== 'response') return foreignReply('a read');
      const page = readPage(payload, {
        rows: 'SecurityGroupSet',
        offset,
        read: readGroup,
        idOf: (group) => ('sgId' in group ? group.sgId : undefined),
      });
      return page.ok ? { ok: true, value: page.page } : unreadable(page.message);
    };
    return this.#call({ action: 'DescribeSecurityGroups', parameters, read }, signal);
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
    return this.#call({ action: 'DescribeSecurityGroupLimits', parameters: {}, read }, signal);
  }

  #call<T>(call: VpcCall<T>, signal: AbortSignal): Promise<CloudResult<T>> {
    return callOnce(this.#context, vpcPlan(this.#context, this.#baseUrl, call), signal);
  }
}

/** One row of a SecurityGroupSet. */
function readGroup(row: unknown): ListedGroup {
  if (!isRecord(row)) return { unreadable: 'the SecurityGroupSet holds something that is no object' };
  const sgId = row.SecurityGroupId;
  if (typeof sgId !== 'string' || !isSecurityGroupId(sgId)) {
    return { unreadable: 'the SecurityGroupSet holds a group without a valid SecurityGroupId' };
  }
  const name = row.SecurityGroupName;
  return { sgId, name: typeof name === 'string' ? name : '' };
}
