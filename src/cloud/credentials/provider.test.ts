import { describe, expect, it } from 'vitest';
import { type HttpRequest, type HttpResponse, TransportError } from '../../runtime/transport.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { type CredentialsProviderOptions, createCredentialsProvider } from './provider.ts';
import type { Environment } from './static-keys.ts';

const NEVER = new AbortController().signal;
const HOME_FILE = '/home/u/.tencentcloud/credentials';
const TCCLI_FILE = '/home/u/.tccli/default.credential';
const START_S = Date.UTC(2026, 0, 1) / 1000;
const TKE: Environment = {
  TKE_REGION: 'ap-guangzhou',
  TKE_PROVIDER_ID: 'provider',
  TKE_ROLE_ARN: 'arn',
  TKE_WEB_IDENTITY_TOKEN_FILE: '/token',
};
const STS_REPLY = JSON.stringify({
  Response: {
    Credentials: { TmpSecretId: 'sts-id', TmpSecretKey: 'sts-key', Token: 'sts-token' },
    ExpiredTime: START_S + 7200,
    RequestId: 'r',
  },
});
const ROLE_REPLY = JSON.stringify({
  TmpSecretId: 'role-id',
  TmpSecretKey: 'role-key',
  Token: 'role-token',
  ExpiredTime: START_S + 7200,
  Code: 'Success',
});

interface World {
  readonly env?: Environment;
  readonly files?: Record<string, string>;
  /** URL to body; anything else refuses the connection. */
  readonly web?: Record<string, string | HttpResponse>;
  readonly options?: Partial<CredentialsProviderOptions>;
}

function setUp({ env = {}, files = {}, web = {}, options = {} }: World) {
  const clock = new VirtualClock();
  const requests: HttpRequest[] = [];
  const provider = createCredentialsProvider({
    env,
    clock,
    homeDir: '/home/u',
    files: {
      async readFile(path) {
        const text = files[path];
        if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
        return text;
      },
      async stat(path) {
        const text = files[path];
        return text === undefined ? undefined : { mtimeMs: 1, size: text.length, mode: 0o600 };
      },
    },
    transport: async (request) => {
      requests.push(request);
      const answer = web[request.url];
      if (answer === undefined) throw new TransportError('ECONNREFUSED', 'refused', { sent: false });
      return typeof answer === 'string' ? { status: 200, headers: {}, body: answer } : answer;
    },
    ...options,
  });
  /** `id/key/token`, or the message of the failure. */
  const show = async (account = 'default') => {
    const got = await provider.get(account, NEVER);
    if (!got.ok) return got.message;
    const { secretId, secretKey, token } = got.credentials;
    return [secretId, secretKey.reveal(), token?.reveal()].filter((part) => part !== undefined).join('/');
  };
  return { requests, provider, show };
}

const profile = (name: string, id: string, token = '') =>
  `[${name}]\nsecret_id = ${id}\nsecret_key = ${id}-key\n${token === '' ? '' : `token = ${token}\n`}`;
const ENV: Environment = { TENCENTCLOUD_SECRET_ID: 'env-id', TENCENTCLOUD_SECRET_KEY: 'env-key' };
const ROLE = 'http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/';
const WEB = {
  'https://sts.tencentcloudapi.com/': STS_REPLY,
  [ROLE]: 'my-role',
  [`${ROLE}my-role`]: ROLE_REPLY,
};
const tccli = (id: string, more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({ secretId: id, secretKey: `${id}-key`, ...more });
const FULL_FILES = {
  '/token': 'web-token\n',
  [HOME_FILE]: profile('default', 'home'),
  [TCCLI_FILE]: tccli('tccli'),
  '/named': profile('default', 'named'),
  '/flag': profile('default', 'flag', 'tok'),
};

describe('the default account', () => {
  it.each([
    {
      reason: 'the file of the flag comes first',
      world: { env: { ...ENV, ...TKE }, options: { file: '/flag' } },
      shown: 'flag/flag-key/tok',
    },
    { reason: 'then the environment', world: { env: { ...ENV, ...TKE } }, shown: 'env-id/env-key' },
    {
      reason: 'then the profile file that TENCENTCLOUD_CREDENTIALS_FILE names',
      world: { env: { ...TKE, TENCENTCLOUD_CREDENTIALS_FILE: '/named' } },
      shown: 'named/named-key',
    },
    { reason: 'then the profile file', world: { env: TKE }, shown: 'home/home-key' },
    {
      reason: 'then that of tccli',
      world: { env: TKE, files: { '/token': 't', [TCCLI_FILE]: tccli('tccli') } },
      shown: 'tccli/tccli-key',
    },
    {
      reason: 'then the pod',
      world: { env: TKE, files: { '/token': 't' } },
      shown: 'sts-id/sts-key/sts-token',
    },
    { reason: 'then the node', world: { files: {} }, shown: 'role-id/role-key/role-token' },
  ] satisfies { reason: string; world: World; shown: string }[])(
    'asks in order: $reason',
    async ({ world, shown, reason }) => {
      const { show } = setUp({ files: FULL_FILES, web: WEB, ...world });
      expect(await show(), reason).toBe(shown);
    },
  );

  it.each(['TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN'])(
    'takes a session token from %s',
    async (name) => expect(await setUp({ env: { ...ENV, [name]: 'tok' } }).show()).toBe('env-id/env-key/tok'),
  );

  it.each([
    {
      reason: 'half an environment',
      world: { env: { TENCENTCLOUD_SECRET_ID: 'x' } },
      says: /TENCENTCLOUD_SECRET_KEY is not; set both/,
    },
    {
      reason: 'a flag that names no file',
      world: { env: ENV, options: { file: '/none' } },
      says: /"\/none" does not exist/,
    },
    {
      reason: 'a profile without a key',
      world: { files: { [HOME_FILE]: '[default]\nsecret_id=x' } },
      says: /has no secret_key; add it/,
    },
    {
      reason: 'a malformed file',
      world: { files: { [HOME_FILE]: 'secret' } },
      says: /credentials" line 1: expected/,
    },
    {
      reason: 'a variable that names no file',
      world: { env: { ...TKE, TENCENTCLOUD_CREDENTIALS_FILE: '/none' }, files: { [TCCLI_FILE]: tccli('x') } },
      says: /"\/none" does not exist/,
    },
    {
      reason: 'a key in typographic quotes',
      world: { files: { [HOME_FILE]: '[default]\nsecret_id = “x”\nsecret_key = hidden' } },
      says: /^secret_id of file "[^"]+" profile "default" holds a quotation mark \(U\+201C\) as character 1 of 3/,
    },
    {
      reason: 'a variable in quotes',
      world: { env: { ...ENV, TENCENTCLOUD_SECRET_KEY: '"hidden"' } },
      says: /^TENCENTCLOUD_SECRET_KEY holds a quotation mark/,
    },
    {
      reason: 'a file of tccli that is no JSON',
      world: { files: { [TCCLI_FILE]: 'hidden' } },
      says: /default.credential" line 1: expected the JSON/,
    },
    {
      reason: 'a file of tccli without a key',
      world: { files: { [TCCLI_FILE]: '{"secretId": "x"}' } },
      says: /has no secret_key/,
    },
    {
      reason: 'a login of tccli that has ended',
      world: { files: { [TCCLI_FILE]: tccli('hidden', { token: 'hidden', expiresAt: 1 }) } },
      says: /have ended; log in again/,
    },
    {
      reason: 'a profile of tccli that takes on a role',
      world: { files: { [TCCLI_FILE]: tccli('hidden', { 'role-arn': 'arn' }) } },
      says: /takes on a role/,
    },
    {
      reason: 'half a pod identity',
      world: { env: { ...TKE, TKE_REGION: '' } },
      says: /pod identity needs TKE_REGION, not set/,
    },
    { reason: 'a pod without its token', world: { env: TKE }, says: /token file "\/token" cannot be read/ },
    {
      reason: 'STS refuses',
      world: {
        env: TKE,
        files: { '/token': 'web-token' },
        web: {
          ...WEB,
          'https://sts.tencentcloudapi.com/':
            '{"Response":{"Error":{"Code":"AuthFailure","Message":"bad web-token"},"RequestId":"r"}}',
        },
      },
      says: /STS refused role "arn": AuthFailure bad \[secret\]/,
    },
    {
      reason: 'STS answers half',
      world: {
        env: TKE,
        files: { '/token': 't' },
        web: {
          ...WEB,
          'https://sts.tencentcloudapi.com/': '{"Response":{"Credentials":{"TmpSecretKey":"hidden"}}}',
        },
      },
      says: /lacks keys or their end/,
    },
    {
      reason: 'STS is cut off',
      world: { env: TKE, files: { '/token': 't' }, web: {} },
      says: /cannot be fetched: refused/,
    },
    {
      reason: 'the role fails',
      world: { web: { ...WEB, [`${ROLE}my-role`]: '{"Code":"Failed"}' } },
      says: /role "my-role": code "Failed"/,
    },
  ] satisfies { reason: string; world: World; says: RegExp }[])(
    'never falls through to weaker sources when one is broken: $reason',
    async ({ world, says, reason }) => {
      const shown = await setUp({ web: WEB, ...world }).show();
      expect(shown, reason).toMatch(says);
      expect(shown).not.toMatch(/web-token|hidden/);
    },
  );

  it('names the refused connection first where the user named the address', async () => {
    const { provider } = setUp({ options: { metadataEndpoint: 'http://127.0.0.1:9' } });
    const got = await provider.get('default', NEVER);
    expect(got).toMatchObject({ ok: false, code: 'EndpointUnreachable' });
    expect(got.ok || got.message).toMatch(
      /^nothing answers at "http:\/\/127.0.0.1:9": refused; .*no other credentials: TENCENTCLOUD_SECRET_ID/,
    );
  });

  it('takes STS that nobody reaches for a failure of the network', async () => {
    const { provider } = setUp({ env: TKE, files: { '/token': 't' } });
    expect(await provider.get('default', NEVER)).toMatchObject({ code: 'EndpointUnreachable' });
  });

  it('says every place that was tried when there is nothing anywhere', async () => {
    const { provider } = setUp({});
    const got = await provider.get('default', NEVER);
    expect(got).toMatchObject({ ok: false, code: 'NoCredentials' });
    for (const place of ['TENCENTCLOUD_SECRET_ID', HOME_FILE, 'TKE_ROLE_ARN', 'no CVM instance']) {
      expect(got.ok || got.message).toContain(place);
    }
  });

  it.each([
    ['ap-shanghai-fsi', undefined, 'https://sts.ap-shanghai-fsi.tencentcloudapi.com/'],
    ['ap-guangzhou', 'internal.tencentcloudapi.com', 'https://sts.internal.tencentcloudapi.com/'],
  ])('asks STS for a pod in %s below %s at %s', async (region, rootDomain, url) => {
    const { show, requests } = setUp({
      env: { ...TKE, TKE_REGION: region },
      files: { '/token': 't' },
      web: { [url]: STS_REPLY },
      options: { rootDomain },
    });
    expect(await show()).toBe('sts-id/sts-key/sts-token');
    expect(requests.map((request) => request.url)).toEqual([url]);
  });

  it('proves the pod to STS by its token, unsigned', async () => {
    const { show, requests } = setUp({ env: TKE, files: { '/token': 'web-token\n' }, web: WEB });
    await show();
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'SKIP',
      'x-tc-action': 'AssumeRoleWithWebIdentity',
      'x-tc-version': '2018-08-13',
      'x-tc-region': 'ap-guangzhou',
    });
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      ProviderId: 'provider',
      RoleArn: 'arn',
      WebIdentityToken: 'web-token',
    });
  });
});

describe('a named account', () => {
  it('is that profile of the file and nothing else', async () => {
    const files = { [HOME_FILE]: `${profile('default', 'home')}${profile('shop', 'shop')}` };
    const { provider, show } = setUp({ env: ENV, files, web: WEB });
    expect(await show('shop')).toBe('shop/shop-key');
    expect(await provider.get('other', NEVER)).toMatchObject({ code: 'NoCredentials' });
    expect(await show('other')).toMatch(/has no profile "other" \(it has: "default", "shop"\)/);
  });

  it('may be the profile of tccli that is called so, and no other file', async () => {
    const files = {
      [HOME_FILE]: profile('default', 'home'),
      [TCCLI_FILE]: tccli('default'),
      '/home/u/.tccli/shop.credential': tccli('shop', { token: 'tok', expiresAt: 4_000_000_000 }),
    };
    const { show } = setUp({ env: ENV, files, web: WEB });
    expect(await show('shop')).toBe('shop/shop-key/tok');
    expect(await show('../default')).toMatch(/has no profile/);
    expect(await show('other')).toMatch(/"\/home\/u\/.tccli\/other.credential" does not exist/);
  });

  it('lies in the file that the variable names', async () => {
    const files = { '/named': profile('shop', 'named'), [HOME_FILE]: profile('shop', 'home') };
    const { show } = setUp({ env: { TENCENTCLOUD_CREDENTIALS_FILE: '/named' }, files });
    expect(await show('shop')).toBe('named/named-key');
  });

  it('lies in the file of the flag where there is one', async () => {
    const files = { [HOME_FILE]: profile('shop', 'home'), '/flag': profile('shop', 'flag') };
    expect(await setUp({ files, options: { file: '/flag' } }).show('shop')).toBe('flag/flag-key');
  });

  it('needs a file', async () => {
    expect(await setUp({ env: ENV, options: { homeDir: undefined } }).show('shop')).toMatch(
      /"shop" needs a credentials file/,
    );
  });
});

it('drops a profile file together with the keys that were refused', async () => {
  const files: Record<string, string> = { [HOME_FILE]: profile('default', 'old') };
  const { provider, show } = setUp({ files });
  await show();
  files[HOME_FILE] = profile('default', 'new');
  expect(await show()).toBe('old/old-key');
  provider.invalidate('default');
  expect(await show()).toBe('new/new-key');
});

it('refuses to send the identity token to another machine over plain http', () => {
  expect(() => setUp({ options: { stsEndpoint: 'http://sts.example' } })).toThrow(TypeError);
  expect(() => setUp({ options: { stsEndpoint: 'http://127.0.0.1:8099' } })).not.toThrow();
});
