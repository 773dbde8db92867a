import type { ApiCall, Authenticated, Params } from '../api-call.ts';
import { authenticateForm, authenticateTc3, type Keyring } from '../authenticate.ts';
import { type Failure, invalidParameter, malformedRequest, missingParameter } from '../failures.ts';
import { nest, type Pair, parseForm } from '../form.ts';
import { type Incoming, vendorHost } from '../incoming.ts';

const COMMON_PARAMETERS: ReadonlySet<string> = new Set([
  'Action',
  'Version',
  'Region',
  'Timestamp',
  'Nonce',
  'SecretId',
  'Signature',
  'SignatureMethod',
  'Token',
  'RequestClient',
  'Language',
]);

/** The account of calls that need no signature. */
const ANONYMOUS: Authenticated = { ok: true, account: '' };

/** Reads a request to `/`: TC3 (headers) when there is an Authorization header, signature v1 (parameters) otherwise. */
export function parseV3Call(request: Incoming, keyring: Keyring): ApiCall {
  return request.headers.authorization === undefined ? parseV1(request, keyring) : parseTc3(request, keyring);
}

function parseTc3(request: Incoming, keyring: Keyring): ApiCall {
  const { headers } = request;
  const action = headers['x-tc-action'] ?? '';
  const version = headers['x-tc-version'] ?? '';
  let malformed: Failure | null = null;
  if (action === '') malformed = missingParameter('X-TC-Action');
  else if (version === '') malformed = missingParameter('X-TC-Version');
  const read = readTc3Params(request);
  if (!read.ok) malformed ??= read.failure;
  // Only the exchange of a web identity goes unsigned: it is how a pod gets its first key.
  const unsigned = headers.authorization === 'SKIP' && action === 'AssumeRoleWithWebIdentity';
  return {
    api: 'v3',
    envelope: 'v3',
    action,
    service: vendorHost(request.host).service,
    financeRegion: vendorHost(request.host).financeRegion,
    version,
    region: headers['x-tc-region'] ?? '',
    secretId: /Credential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1] ?? '',
    params: read.ok ? read.params : { encoding: 'json', values: {} },
    malformed,
    authenticate: (serverMs) => (unsigned ? ANONYMOUS : authenticateTc3(keyring, request, serverMs)),
  };
}

type ParamsRead =
  | { readonly ok: true; readonly params: Params }
  | { readonly ok: false; readonly failure: Failure };

function readTc3Params(request: Incoming): ParamsRead {
  if (request.method === 'GET') return fromPairs(request.query, () => true);
  if (request.method !== 'POST') return wrong(`The method ${request.method} is not supported.`);
  const type = (request.headers['content-type'] ?? '').toLowerCase().split(';')[0]?.trim();
  if (type !== 'application/json') return wrong('The Content-Type must be application/json.');
  let body: unknown;
  try {
    body = JSON.parse(request.body);
  } catch {
    body = null;
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return {
      ok: false,
      failure: invalidParameter('InvalidParameter', 'The request body is not a JSON object.'),
    };
  }
  return { ok: true, params: { encoding: 'json', values: body as Record<string, unknown> } };
}

function parseV1(request: Incoming, keyring: Keyring): ApiCall {
  const text = request.method === 'POST' ? request.body : request.query;
  const form = parseForm(text);
  const pairs = form.ok ? form.value : [];
  const common = new Map(pairs.filter(([name]) => COMMON_PARAMETERS.has(name)));
  const read = fromPairs(text, ([name]) => !COMMON_PARAMETERS.has(name));
  const missing = ['Action', 'Version'].find((name) => (common.get(name) ?? '') === '');
  return {
    api: 'v3',
    envelope: 'v3',
    action: common.get('Action') ?? '',
    service: vendorHost(request.host).service,
    financeRegion: vendorHost(request.host).financeRegion,
    version: common.get('Version') ?? '',
    region: common.get('Region') ?? '',
    secretId: common.get('SecretId') ?? '',
    params: read.ok ? read.params : { encoding: 'form', values: {} },
    malformed: missing === undefined ? (read.ok ? null : read.failure) : missingParameter(missing),
    authenticate: (serverMs) => authenticateForm(keyring, { request, pairs, generation: 'v3' }, serverMs),
  };
}

function fromPairs(text: string, wanted: (pair: Pair) => boolean): ParamsRead {
  const form = parseForm(text);
  if (!form.ok) return wrong(`The request is malformed: ${form.reason}.`);
  const nested = nest(form.value.filter(wanted));
  if (!nested.ok) return wrong(`The request is malformed: ${nested.reason}.`);
  return { ok: true, params: { encoding: 'form', values: nested.value } };
}

function wrong(message: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: malformedRequest(message) };
}
