import type { HttpResponse } from '../runtime/transport.ts';
import type { TemporaryCredential } from './credentials.ts';
import { htmlPage, JSON_TYPE, respond } from './envelope.ts';
import type { Machine } from './machine.ts';
import { rfc3339 } from './sts.ts';

/** The path of the machine's role endpoint; the role's name follows. */
export const METADATA_PATH = '/latest/meta-data/cam/security-credentials/';

/** A key is replaced by a fresh one when less than this is left of it. */
const ROTATE_BEFORE_MS = 1_800_000;

export interface MetadataAnswer {
  readonly response: HttpResponse;
  /** `ListRoles` or `GetRoleCredential`. */
  readonly action: string;
  readonly account: string;
  readonly outcome: string;
}

/** The metadata endpoint of a machine with a role: plain HTTP, no signature; lists the roles, or gives a role's temporary key. */
export class MetadataEndpoint {
  readonly #machine: Machine;
  readonly #issued = new Map<string, TemporaryCredential>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  answer(method: string, path: string, serverMs: number): MetadataAnswer {
    const name = path.slice(METADATA_PATH.length);
    const action = metadataAction(path);
    if (method !== 'GET') return this.#fail(action, 405, serverMs);
    if (action === 'ListRoles') {
      const names = this.#machine.roles.map((role) => role.name).join('\n');
      return { action, account: '', outcome: 'ok', response: respond(200, 'text/plain', names, serverMs) };
    }
    const role = this.#machine.roles.find((it) => it.name === name);
    if (role === undefined) return this.#fail(action, 404, serverMs);
    const key = this.#keyOf(role.name, role.accountName, serverMs);
    const body = JSON.stringify({
      TmpSecretId: key.secretId,
      TmpSecretKey: key.secretKey,
      ExpiredTime: Math.floor(key.expiresAtMs / 1000),
      Expiration: rfc3339(key.expiresAtMs),
      Token: key.token,
      Code: 'Success',
    });
    return {
      action,
      account: role.accountName,
      outcome: 'ok',
      response: respond(200, JSON_TYPE, body, serverMs),
    };
  }

  #keyOf(role: string, account: string, serverMs: number): TemporaryCredential {
    const issued = this.#issued.get(role);
    if (issued !== undefined && issued.expiresAtMs - serverMs > ROTATE_BEFORE_MS) return issued;
    const fresh = this.#machine.credentials.issue(account, serverMs, this.#machine.temporaryLifetimeMs);
    this.#issued.set(role, fresh);
    return fresh;
  }

  #fail(action: string, status: number, serverMs: number): MetadataAnswer {
    const title = status === 404 ? '404 - Not Found' : '405 - Method Not Allowed';
    const response = respond(status, 'text/html', htmlPage(title), serverMs);
    return { action, account: '', outcome: `HTTP ${status}`, response };
  }
}

/** The name under which a request to the endpoint is logged, and by which faults may meet it. */
export function metadataAction(path: string): 'ListRoles' | 'GetRoleCredential' {
  return path.slice(METADATA_PATH.length) === '' ? 'ListRoles' : 'GetRoleCredential';
}
