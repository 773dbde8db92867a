/** Why rules or templates could not be read, and what to do about it. */
import type { CloudError } from '../../core/cloud-error.ts';

/** The cloud authorises the same read by either of two names, one of them with a typo of its own. */
const GROUP_RULES = 'vpc:DescribeSecurityGroupPolicies and cvm:DescribeSecurityGroupPolicys';

/** The cloud's words, and the permission to grant where it was refused. */
export function unreadText({ kind, code, message, action }: CloudError): string {
  const words = message === '' ? code : `${code}: ${message}`;
  if (kind !== 'denied') return words;
  const grant = action.startsWith('DescribeSecurityGroupPolic') ? GROUP_RULES : `vpc:${action}`;
  return `${words}; grant ${grant}`;
}
