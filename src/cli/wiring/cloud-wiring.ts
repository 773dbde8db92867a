/** The cloud as the flags describe it: transport, credentials, and one client for each scope. */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { messageOf } from '../../api/message-of.ts';
import type { CredentialsProvider } from '../../cloud/credentials/credentials.ts';
import { createCredentialsProvider } from '../../cloud/credentials/provider.ts';
import type { CloudProvider } from '../../cloud/port.ts';
import { createCloudProvider } from '../../cloud/provider.ts';
import type { CloudCallEvent } from '../../cloud/signed-call.ts';
import { createUndiciTransport, type UndiciTransport } from '../../cloud/undici-transport.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { systemRandom } from '../../runtime/random.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../commands/command.ts';

export interface CallTally {
  calls: number;
  throttled: number;
}

export interface CloudHooks {
  /** Told after every attempt. */
  readonly onCall?: (event: CloudCallEvent) => void;
  /** Told once of each scope whose client has left a retired API. */
  readonly onApiMoved?: (scope: Scope) => void;
  readonly wrapCredentials?: (credentials: CredentialsProvider) => CredentialsProvider;
}

export interface CloudWiring extends AsyncDisposable {
  readonly provider: CloudProvider;
  /** Calls so far. */
  readonly tally: CallTally;
}

/** Sends nothing by itself. @throws CliError for flags that cannot be used. */
export function wireCloud(
  { globals, io }: Pick<CommandContext, 'globals' | 'io'>,
  log: Log,
  hooks: CloudHooks = {},
): CloudWiring {
  const { env } = io;
  const transport = openTransport(env, globals.caFile);
  const endpoints =
    globals.endpoint === undefined
      ? {}
      : { stsEndpoint: globals.endpoint, metadataEndpoint: globals.endpoint };
  const tally: CallTally = { calls: 0, throttled: 0 };
  try {
    const credentials = createCredentialsProvider({
      env,
      transport: transport.send,
      clock: systemClock,
      homeDir: homedir(),
      file: globals.credentialsFile,
      allowInsecureEndpoint: globals.allowInsecureEndpoint,
      onWarning: (message) => log.warn({}, message),
      ...endpoints,
    });
    const provider = createCloudProvider({
      api: globals.api,
      endpoint: globals.endpoint,
      allowInsecureEndpoint: globals.allowInsecureEndpoint,
      transport: transport.send,
      credentials: hooks.wrapCredentials?.(credentials) ?? credentials,
      clock: systemClock,
      random: systemRandom,
      onCall: (event) => {
        const { scope, api, action, code, durationMs, ids } = event;
        hooks.onCall?.(event);
        tally.calls++;
        if (event.kind === 'throttled') tally.throttled++;
        log.debug(
          { scope: scopeKey(scope), api, code, ms: Math.round(durationMs), instances: ids.length },
          action,
        );
      },
      onApiMoved: (scope, error) => {
        log.warn(
          { scope: scopeKey(scope), code: error.code },
          `API 2.0 is not offered here any more (${error.code}: ${error.message}); moved to API 3.0`,
        );
        hooks.onApiMoved?.(scope);
      },
    });
    return { provider, tally, [Symbol.asyncDispose]: () => transport.close() };
  } catch (error) {
    const hint = globals.allowInsecureEndpoint ? '' : ' (--allow-insecure-endpoint)';
    throw new CliError(`--endpoint: ${messageOf(error)}${messageOf(error).includes('insecure') ? hint : ''}`);
  }
}

function openTransport(env: CommandContext['io']['env'], caFile: string | undefined): UndiciTransport {
  const extraCa = readCa(caFile);
  try {
    return createUndiciTransport({ clock: systemClock, env, extraCa });
  } catch (error) {
    throw new CliError(messageOf(error));
  }
}

function readCa(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(`--ca-file: "${path}" cannot be read: ${messageOf(error)}`);
  }
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new CliError(`--ca-file: "${path}" holds no PEM certificate`);
}
