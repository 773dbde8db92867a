import type { ApiCall } from '../api-call.ts';
import { authenticateForm, type Keyring } from '../authenticate.ts';
import { type Failure, malformedRequest, missingParameter } from '../failures.ts';
import { nest, type Pair, parseForm } from '../form.ts';
import { type Incoming, vendorHost } from '../incoming.ts';

const COMMON_PARAMETERS: ReadonlySet<string> = new Set([
  'Action',
  'Region',
  'Timestamp',
  'Nonce',
  'SecretId',
  'Signature',
  'SignatureMethod',
  'Token',
  'Version',
  'RequestClient',
  'RequestSource',
  'Language',
]);

const FORM = 'application/x-www-form-urlencoded';

/** Reads a request to `/v2/index.php`. POST reads the body alone, GET the query alone. */
export function parseV2Call(request: Incoming, keyring: Keyring): ApiCall {
  let malformed: Failure | null = null;
  if (request.method !== 'GET' && request.method !== 'POST') {
    malformed = malformedRequest(`The method ${request.method} is not supported.`);
  }
  if (request.method === 'POST' && !isForm(request)) {
    malformed = malformedRequest(`The Content-Type must be ${FORM}.`);
  }
  const form = parseForm(request.method === 'POST' ? request.body : request.query);
  if (!form.ok) malformed ??= malformedRequest(`The request is malformed: ${form.reason}.`);
  const pairs = form.ok ? form.value : [];
  const { common, own } = split(pairs);
  const nested = nest(own);
  if (!nested.ok) malformed ??= malformedRequest(`The request is malformed: ${nested.reason}.`);
  const action = common.get('Action') ?? '';
  if (action === '') malformed ??= missingParameter('Action');
  const version = common.get('Version') ?? '';
  return {
    api: 'v2',
    envelope: version === '' ? 'v2' : 'v3',
    action,
    service: vendorHost(request.host).service,
    financeRegion: vendorHost(request.host).financeRegion,
    version,
    region: common.get('Region') ?? '',
    secretId: common.get('SecretId') ?? '',
    params: { encoding: 'form', values: nested.ok ? nested.value : {} },
    malformed,
    authenticate: (serverMs) => authenticateForm(keyring, { request, pairs, generation: 'v2' }, serverMs),
  };
}

/** Parts the common parameters from the action's own. */
function split(pairs: readonly Pair[]): { common: ReadonlyMap<string, string>; own: readonly Pair[] } {
  return {
    common: new Map(pairs.filter(([name]) => COMMON_PARAMETERS.has(name))),
    own: pairs.filter(([name]) => !COMMON_PARAMETERS.has(name)),
  };
}

function isForm(request: Incoming): boolean {
  return (request.headers['content-type'] ?? '').toLowerCase().split(';')[0]?.trim() === FORM;
}
