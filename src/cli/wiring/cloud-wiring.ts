/** The cloud as the flags describe it: transport, credentials, and one client for each scope. */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { messageOf } from '../../api/message-of.ts';
import { ClockSkew } from '../../cloud/clock-skew.ts';
import type { CredentialsProvider } from '../../cloud/credentials/credentials.ts';
import { createCredentialsProvider } from '../../cloud/credentials/provider.ts';
import { InsecureEndpointError } from '../../cloud/endpoint.ts';
import { createCloudProvider } from '../../cloud/provider.ts';
import type { CloudCallEvent } from '../../cloud/signed-call.ts';
import { createUndiciTransport, type UndiciTransport } from '../../cloud/undici-transport.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import type { CloudProvider } from '../../ports/cloud.ts';
import type { RuleReaders } from '../../ports/rules.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { systemRandom } from '../../runtime/random.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';

export interface CallCounts {
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
  readonly ruleReaders: RuleReaders;
  /** Calls so far. */
  readonly counts: CallCounts;
  /** Tells the time that the cloud has confirmed. */
  readonly time: Pick<ClockSkew, 'confirmedMs'>;
}

/** Sends nothing by itself. @throws CliError for flags that cannot be used. */
export function wireCloud(
  { globals, io }: Pick<CommandContext, 'globals' | 'io'>,
  log: Log,
  hooks: CloudHooks = {},
): CloudWiring {
  const { env } = io;
  if (globals.endpoint !== undefined && globals.rootDomain !== undefined) {
    throw new CliError(
      '--endpoint and --root-domain exclude each other: give one address for everything, or a domain',
    );
  }
  const transport = openTransport(env, { caFile: globals.caFile });
  const endpoints =
    globals.endpoint === undefined
      ? {}
      : { stsEndpoint: globals.endpoint, metadataEndpoint: globals.endpoint };
  const counts: CallCounts = { calls: 0, throttled: 0 };
  const time = new ClockSkew(systemClock);
  try {
    const credentials = createCredentialsProvider({
      env,
      transport: transport.send,
      clock: systemClock,
      homeDir: homedir(),
      file: globals.credentialsFile,
      rootDomain: globals.rootDomain,
      allowInsecureEndpoint: globals.allowInsecureEndpoint,
      onWarning: (message) => log.warn({}, message),
      ...endpoints,
    });
    const provider = createCloudProvider({
      api: globals.api,
      endpoint: globals.endpoint,
      rootDomain: globals.rootDomain,
      allowInsecureEndpoint: globals.allowInsecureEndpoint,
      transport: transport.send,
      credentials: hooks.wrapCredentials?.(credentials) ?? credentials,
      clock: systemClock,
      random: systemRandom,
      skew: time,
      readsPerSecond: globals.readsPerSecond,
      ...observers(log, counts, hooks),
    });
    return { provider, ruleReaders: provider, counts, time, [Symbol.asyncDispose]: () => transport.close() };
  } catch (error) {
    const hint = error instanceof InsecureEndpointError ? ' (--allow-insecure-endpoint)' : '';
    throw new CliError(`--endpoint: ${messageOf(error)}${hint}`);
  }
}

function observers(
  log: Log,
  counts: CallCounts,
  hooks: CloudHooks,
): Pick<Parameters<typeof createCloudProvider>[0], 'onCall' | 'onApiMoved'> {
  return {
    onCall: (event) => {
      const { scope, api, action, code, durationMs, ids } = event;
      hooks.onCall?.(event);
      counts.calls++;
      if (event.kind === 'throttled') counts.throttled++;
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
  };
}

/** @throws CliError for a file or a proxy variable that cannot be used. */
export function openTransport(
  env: CommandContext['io']['env'],
  { caFile, ...timeouts }: { readonly caFile: string | undefined; readonly totalTimeoutMs?: number },
): UndiciTransport {
  const extraCa = readCa(caFile);
  try {
    return createUndiciTransport({ clock: systemClock, env, extraCa, ...timeouts });
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
