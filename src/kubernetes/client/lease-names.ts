/** What Leases are called: one for each scope, and one for each process. */
import { createHash } from 'node:crypto';

/** The Lease of all scopes, where one is enough. */
export const SOLE_LEASE = 'cvmsg';

/** A readable name that is unique for the scope. */
export function leaseName(scope: string): string {
  const readable = scope
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  return `cvmsg-${readable}-${digest(scope)}`;
}

/** The name of the Lease that tells that a process is alive. */
export function memberLeaseName(identity: string): string {
  return `cvmsg-member-${digest(identity)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
