/** Why a whole scope could not be read, and what to do about it. */
import { type CloudError, failureText } from '../../core/cloud-error.ts';
import type { CommandContext } from '../command.ts';

export function unreachableText(
  { globals }: CommandContext,
  { scope, error }: { readonly scope: string; readonly error: CloudError },
): string {
  const { endpoint, rootDomain } = globals;
  const below = rootDomain === undefined ? 'the cloud' : `the cloud below ${rootDomain}`;
  const where = endpoint === undefined ? below : `the cloud at ${endpoint}`;
  const words = `${error.code}: ${error.message}`;
  switch (error.kind) {
    case 'credential':
      return `${where} cannot be asked for ${scope}: ${words}; check the credentials (--credentials-file, TENCENTCLOUD_SECRET_ID)`;
    case 'denied':
      return `${where} refuses to answer for ${scope}: ${words}; grant DescribeInstances to these credentials`;
    case 'clock':
      return `${where} refuses this machine's clock for ${scope}: ${words}; set the clock`;
    case 'network':
      return `${where} cannot be reached for ${scope}: ${words}; check the network, the proxy and ${rootDomain === undefined ? '--endpoint' : '--root-domain'}`;
    case 'region':
      return `${where} cannot be read for ${scope}: ${failureText(error, scope.slice(scope.lastIndexOf('@') + 1), 'the region')}`;
    default:
      return `${where} cannot be read for ${scope}: ${words}`;
  }
}
