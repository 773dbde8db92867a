/**
 * The parts of undici that send requests, all that is used of it. Its entry point loads fetch, WebSocket, caches and mocks
 * as well, which cost 12 MiB of memory and a twentieth of a second at the start, and there is no narrower one.
 */
import { createRequire } from 'node:module';
import type * as undici from 'undici';

const require = createRequire(import.meta.url);

export type { Dispatcher } from 'undici';

export type Agent = undici.Agent;
export const Agent: typeof undici.Agent = require('undici/lib/dispatcher/agent.js');

export type ProxyAgent = undici.ProxyAgent;
export const ProxyAgent: typeof undici.ProxyAgent = require('undici/lib/dispatcher/proxy-agent.js');

export const EnvHttpProxyAgent: typeof undici.EnvHttpProxyAgent = require('undici/lib/dispatcher/env-http-proxy-agent.js');

// What the entry point does: dispatchers get `request`, `connect` and the like.
const Base: typeof undici.Dispatcher = require('undici/lib/dispatcher/dispatcher.js');
Object.assign(Base.prototype, require('undici/lib/api/index.js'));
