/** The role of the CVM instance this runs on, by the metadata address that only the instance itself can reach. */
import { messageOf } from '../../api/message-of.ts';
import { masked } from '../../runtime/masking.ts';
import type { HttpResponse, Transport } from '../../runtime/transport.ts';
import { isRecord } from '../reply.ts';
import type { CredentialsSource, SourceAnswer } from './credentials.ts';
import { readTemporaryKeys } from './temporary-keys.ts';

const PATH = '/latest/meta-data/cam/security-credentials/';

export interface InstanceRoleOptions {
  readonly transport: Transport;
  /** Scheme and authority of the metadata address. */
  readonly metadataEndpoint: string;
  /** True when the user named that address, so that something has to listen there; at the vendor's only an instance hears anything. */
  readonly isNamed: boolean;
}

export function instanceRoleSource(options: InstanceRoleOptions): CredentialsSource {
  const { transport, metadataEndpoint, isNamed } = options;
  const fetch = (path: string, signal: AbortSignal) =>
    transport({ method: 'GET', url: `${metadataEndpoint}${PATH}${path}`, headers: {} }, signal);

  return {
    async load(signal) {
      let listed: HttpResponse;
      try {
        listed = await fetch('', signal);
      } catch (error) {
        signal.throwIfAborted();
        if (isNamed) {
          const reason = `nothing answers at "${metadataEndpoint}": ${messageOf(error)}; start what should listen there, or correct --endpoint`;
          return { kind: 'unreachable', reason };
        }
        return { kind: 'absent', reason: `no metadata at "${metadataEndpoint}": this is no CVM instance` };
      }
      if (listed.status === 404) return { kind: 'absent', reason: 'no role is bound to this CVM instance' };
      const role = listed.body.trim().split(/\s+/)[0] ?? '';
      if (listed.status !== 200 || !/^[\w+=,.@-]+$/.test(role)) {
        return { kind: 'failed', reason: `metadata answered HTTP ${listed.status} without a role name` };
      }
      return readRole(role, await fetch(encodeURIComponent(role), signal));
    },
  };
}

function readRole(role: string, response: HttpResponse): SourceAnswer {
  const failed = (what: string): SourceAnswer => ({
    kind: 'failed',
    reason: `metadata of role "${role}": ${what}`,
  });
  if (response.status !== 200) return failed(`HTTP ${response.status}`);
  let json: unknown;
  try {
    json = JSON.parse(response.body);
  } catch {
    return failed('broken JSON');
  }
  if (!isRecord(json)) return failed('no JSON object');
  if (json.Code !== 'Success') return failed(`code "${masked(String(json.Code)).slice(0, 60)}"`);
  const source = `CVM role "${role}"`;
  const credentials = readTemporaryKeys({ keys: json, expiredTime: json.ExpiredTime, source });
  return credentials === undefined ? failed('keys or their end are missing') : { kind: 'found', credentials };
}
