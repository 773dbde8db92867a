import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CERT, KEY } from '../../../test/wire/self-signed.ts';
import { systemClock } from '../../runtime/clock.ts';
import { KubeConnection } from './kube-connection.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cvmsg-oidc-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function idToken(issuer: string, expiresInSeconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: 'cvmsg', sub: 'operator', iat: now, exp: now + expiresInSeconds };
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}

/** An identity provider and, at /api, a server that says which token it was shown. */
async function provider() {
  const server = createServer({ cert: CERT, key: KEY }, (request, response) => {
    const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
      },
      '/token': {
        access_token: 'access',
        token_type: 'bearer',
        expires_in: 3600,
        refresh_token: 'refresh-2',
        id_token: idToken(issuer, 3600),
      },
      '/api': { shown: request.headers.authorization },
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it('renews an expired token of OpenID Connect at its provider, whose CA the kubeconfig names', async () => {
  await using identity = await provider();
  const ca = Buffer.from(CERT).toString('base64');
  const config = {
    'client-id': 'cvmsg',
    'id-token': idToken(identity.url, -60),
    'refresh-token': 'refresh-1',
    'idp-issuer-url': identity.url,
    'idp-certificate-authority-data': ca,
  };
  const kubeconfig = join(directory, 'config');
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'it',
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
    clusters: [{ name: 'it', cluster: { server: identity.url, 'certificate-authority-data': ca } }],
    users: [{ name: 'it', user: { 'auth-provider': { name: 'oidc', config } } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(document));
  const connection = await KubeConnection.load({ clock: systemClock, kubeconfig });
  const request = { method: 'GET', path: '/api' } as const;
  const { shown } = await connection.json<{ shown: string }>(request, new AbortController().signal);
  await connection.close();
  const claims = JSON.parse(Buffer.from(shown.split('.')[1] ?? '', 'base64url').toString()) as {
    exp: number;
  };
  expect(claims.exp).toBeGreaterThan(Date.now() / 1000);
});
