import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import type { TransportError } from '../runtime/transport.ts';
import { createUndiciTransport, type UndiciTransportOptions } from './undici-transport.ts';

// A pair made for this test alone; it is trusted by nobody.
const TLS_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSu2kL8OUB52rNbus
WaQuwhxG817fj4SjiOG8DozTeTahRANCAAQKCHWBVM6QTRKtJvLz3XPKMf09aQ+7
a/3g9Yfcs4jXB78Q79VdL6/J+q55snUfbj4NP6QGUJrcKOozDzxSKht7
-----END PRIVATE KEY-----`;
const TLS_CERT = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUSs+h+RGwptBNsjG5ADJJx8D7HiMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDA3MzkyNFoYDzIxMjYxMDMx
MDczOTI0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQKCHWBVM6QTRKtJvLz3XPKMf09aQ+7a/3g9Yfcs4jXB78Q79VdL6/J
+q55snUfbj4NP6QGUJrcKOozDzxSKht7o28wbTAdBgNVHQ4EFgQUVnSfhEx6ucqd
gif4NE6BI8M+8wUwHwYDVR0jBBgwFoAUVnSfhEx6ucqdgif4NE6BI8M+8wUwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAP8JXp5JXvrOAWEPTHfkwFVUULgvoMJbWeIy6LB+GYWEAiEA
nCdJ1U4r+LogVllWqdBJPcQZAvKilFFeuwK46xnyUa8=
-----END CERTIFICATE-----`;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Listens on a free loopback port; open sockets are destroyed with it. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

function transport(options: Partial<UndiciTransportOptions> = {}) {
  const { send, close } = createUndiciTransport({ clock: systemClock, env: {}, ...options });
  cleanups.push(close);
  const post = (url: string, signal?: AbortSignal) =>
    send({ method: 'POST', url, headers: { 'content-type': 'text/plain' }, body: 'secret body' }, signal);
  const failure = (url: string, signal?: AbortSignal): Promise<TransportError> =>
    post(url, signal).then(
      () => Promise.reject(new Error('a reply came')),
      (error: TransportError) => error,
    );
  return { send, post, failure };
}

describe('TLS', () => {
  const listenTls = () =>
    listen(createTlsServer({ key: TLS_KEY, cert: TLS_CERT }, (_, response) => response.end('safe')));

  it('trusts no unknown certificate, whatever the environment says', async () => {
    const port = await listenTls();
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    cleanups.push(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
    const error = await transport().failure(`https://localhost:${port}/`);
    expect(error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', sent: false });
  });

  it('says in words that a host speaks plain http, and what to do', async () => {
    const port = await listen(createServer((_, response) => response.end('plain')));
    const other = await listen(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')));
    for (const one of [port, other]) {
      const error = await transport().failure(`https://localhost:${one}/`);
      expect(error.sent).toBe(false);
      expect(error.message).toBe(
        'the answer is not TLS: the host, or a proxy on the way, does not speak https there; correct the port, or write its address with http:// (host "localhost")',
      );
    }
  });

  it('writes nothing for a request that was given up while TLS was being made', async () => {
    const seen: (string | undefined)[] = [];
    const target = await listen(
      createTlsServer({ key: TLS_KEY, cert: TLS_CERT }, (request, response) => {
        seen.push(request.url);
        response.end();
      }),
    );
    const held: Socket[] = [];
    const reached = Promise.withResolvers<void>();
    let open = false;
    const forward = (socket: Socket) => {
      const far = connect(target, '127.0.0.1');
      cleanups.push(() => far.destroy());
      socket.on('error', () => far.destroy());
      far.pipe(socket).pipe(far);
    };
    const gate = createTcpServer((socket) => {
      if (open) return forward(socket);
      held.push(socket);
      return reached.resolve();
    });
    const port = await listen(gate);
    const { post, failure } = transport({ extraCa: TLS_CERT });
    const abort = new AbortController();
    const lost = failure(`https://localhost:${port}/first`, abort.signal);
    await reached.promise;
    const gone = new Error('gone');
    abort.abort(gone);
    expect(await lost).toBe(gone);
    open = true;
    held.forEach(forward);
    await post(`https://localhost:${port}/second`);
    await post(`https://localhost:${port}/third`);
    expect(seen).toEqual(['/second', '/third']);
  });

  it('trusts the extra CA', async () => {
    const port = await listenTls();
    expect(await transport({ extraCa: TLS_CERT }).post(`https://localhost:${port}/`)).toMatchObject({
      body: 'safe',
    });
  });
});

describe('a proxy', () => {
  /** Tunnels every CONNECT to `target`, whatever was asked for. */
  async function listenProxy(target: number, asked: string[], status = 200) {
    const server = createServer((_, response) => response.writeHead(500).end());
    server.on('connect', (request, socket: Socket) => {
      asked.push(request.url ?? '');
      if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const far = connect(target, '127.0.0.1');
      cleanups.push(() => far.destroy());
      return far.pipe(socket).pipe(far);
    });
    return `http://user:hunter2@127.0.0.1:${await listen(server)}`;
  }
  const listenTls = () =>
    listen(createTlsServer({ key: TLS_KEY, cert: TLS_CERT }, (_, response) => response.end('far')));

  it('of HTTPS_PROXY carries https, verified end to end', async () => {
    const asked: string[] = [];
    const proxy = await listenProxy(await listenTls(), asked);
    const wrongName = await transport({ env: { HTTPS_PROXY: proxy }, extraCa: TLS_CERT }).failure(
      'https://cloud.example/',
    );
    expect(wrongName).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', sent: false });
    expect(asked).toEqual(['cloud.example:443']);
    expect(String(wrongName)).not.toContain('hunter2');
  });

  it.each(['HTTPS_PROXY', 'https_proxy'])('of %s may be host and port alone', async (name) => {
    const asked: string[] = [];
    const proxy = (await listenProxy(1, asked, 403)).replace('http://', '');
    await transport({ env: { [name]: proxy } }).failure('https://cloud.example/');
    expect(asked).toHaveLength(1);
  });

  it.each(['socks5://proxy:1080', 'ftp://proxy', 'http://', ':3128', 'two words:3128'])(
    'of HTTPS_PROXY cannot be %j',
    (proxy) => {
      const build = () => createUndiciTransport({ clock: systemClock, env: { HTTPS_PROXY: proxy } });
      expect(build).toThrow(
        /^Expected HTTPS_PROXY to be a URL such as "http:\/\/proxy:3128", or "proxy:3128"/,
      );
    },
  );

  it('is passed by for NO_PROXY and for loopback', async () => {
    const asked: string[] = [];
    const port = await listenTls();
    const proxy = await listenProxy(port, asked);
    const { post, failure } = transport({
      env: { https_proxy: proxy, NO_PROXY: '.invalid' },
      extraCa: TLS_CERT,
    });
    expect((await post(`https://localhost:${port}/`)).body).toBe('far');
    await failure('https://nowhere.invalid/');
    expect(asked).toEqual([]);
  });

  it('that refuses the tunnel is named as the proxy, and nothing was sent', async () => {
    const proxy = await listenProxy(1, [], 403);
    const error = await transport({ env: { HTTPS_PROXY: proxy } }).failure('https://cloud.example/');
    expect(error).toMatchObject({ code: 'EPROXY', sent: false, message: expect.stringContaining('403') });
    expect(error.message).toMatch(
      /^the proxy refused to connect to "cloud.example": .*let the proxy connect to that host$/,
    );
    const old = await transport({ env: { HTTPS_PROXY: proxy } }).failure('https://dfw.api.qcloud.com/');
    expect(old.message).toMatch(/^the proxy refused to connect to "dfw.api.qcloud.com": .*--api v3$/);
  });

  it('that does not resolve is not taken for a cloud that does not', async () => {
    const error = await transport({ env: { HTTPS_PROXY: 'http://proxy.invalid:3128' } }).failure(
      'https://cloud.example/',
    );
    expect(['EPROXY', 'EAI_AGAIN']).toContain(error.code);
    expect(error.sent).toBe(false);
  });

  it('with a malformed address is refused without quoting it', () => {
    const build = () =>
      createUndiciTransport({ clock: systemClock, env: { HTTPS_PROXY: 'user:hunter2@:x' } });
    expect(build).toThrow(/HTTPS_PROXY/);
    expect(build).not.toThrow(/hunter2/);
  });
});
