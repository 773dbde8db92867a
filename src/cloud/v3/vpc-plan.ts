/** Calls of VPC 2017-03-12: API 3.0, whichever generation writes. */
import type { CallContext, CallPlan } from '../signed-call.ts';
import { v3Request } from './request.ts';

const VPC_VERSION = '2017-03-12';

export interface VpcCall<T> extends Pick<CallPlan<T>, 'action' | 'read'> {
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** @param baseUrl scheme and authority of VPC in the scope's region. */
export function vpcPlan<T>(
  { scope: { region } }: CallContext,
  baseUrl: string,
  { action, parameters, read }: VpcCall<T>,
): CallPlan<T> {
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
