import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import type { TransportError } from '../runtime/transport.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { MAX_REPLY_BYTES } from './reply.ts';
import { createUndiciTransport, type UndiciTransportOptions } from './undici-transport.ts';

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

const listenHttp = (handler: RequestListener) => listen(createServer(handler));

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

describe('a request', () => {
  it('goes out as it is and its reply comes back whole, over connections that are kept', async () => {
    const ports = new Set<number | undefined>();
    const port = await listenHttp(async (request, response) => {
      ports.add(request.socket.remotePort);
      let body = '';
      for await (const chunk of request) body += chunk;
      response.setHeader('X-Echo', [request.headers.host, request.headers['content-type']].join());
      response.writeHead(203).end(`${request.method} ${request.url} ${body} 云`);
    });
    const { post } = transport();
    for (let n = 0; n < 4; n++) await post(`http://127.0.0.1:${port}/`);
    const reply = await post(`http://127.0.0.1:${port}/v2/index.php?a=b%2B`);
    expect(reply).toMatchObject({ status: 203, body: 'POST /v2/index.php?a=b%2B secret body 云' });
    expect(reply.headers['x-echo']).toBe(`127.0.0.1:${port},text/plain`);
    // undici frees a connection one turn after its reply, so a request that follows at once may open a second.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('is not redirected', async () => {
    let requests = 0;
    const port = await listenHttp((_, response) => {
      requests += 1;
      response.writeHead(302, { location: '/other' }).end();
    });
    expect((await transport().post(`http://127.0.0.1:${port}/`)).status).toBe(302);
    expect(requests).toBe(1);
  });
});

describe('a lost reply', () => {
  it('was certainly not sent when the connection is refused or the name does not resolve', async () => {
    const free = createTcpServer();
    const port = await listen(free);
    await cleanups.pop()?.();
    expect(await transport().failure(`http://127.0.0.1:${port}/`)).toMatchObject({
      code: 'ECONNREFUSED',
      sent: false,
    });
    const unresolved = await transport().failure('https://nowhere.invalid/');
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(unresolved.code);
    expect(unresolved.sent).toBe(false);
  });

  it('was certainly not sent when TLS is cut off before it stands', async () => {
    const port = await listen(createTcpServer((socket) => socket.once('data', () => socket.destroy())));
    expect(await transport().failure(`https://127.0.0.1:${port}/`)).toMatchObject({
      code: 'ECONNRESET',
      sent: false,
    });
  });

  it.each(['before any byte', 'in the middle'])(
    'may have been sent when the connection is reset %s',
    async (when) => {
      const port = await listenHttp((request, response) => {
        if (when === 'in the middle') response.writeHead(200, { 'content-length': '100' }).write('half');
        request.on('data', () => setImmediate(() => request.socket.destroy()));
      });
      expect(await transport().failure(`http://127.0.0.1:${port}/`)).toMatchObject({
        code: 'ECONNRESET',
        sent: true,
      });
    },
  );

  it('that is no HTTP may have been sent', async () => {
    const port = await listen(
      createTcpServer((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n\r\n'))),
    );
    const error = await transport().failure(`http://127.0.0.1:${port}/`);
    expect(error).toMatchObject({ name: 'TransportError', sent: true });
    expect(error.code).toMatch(/^HPE_|HTTPParserError/);
  });

  it('ends after the total timeout', async () => {
    const clock = new VirtualClock();
    const reached = Promise.withResolvers<void>();
    const port = await listenHttp(() => reached.resolve());
    const lost = transport({ clock }).failure(`http://127.0.0.1:${port}/`);
    await reached.promise;
    await clock.advance(20_000);
    expect(await lost).toMatchObject({
      code: 'ETIMEDOUT',
      sent: true,
      message: expect.stringContaining('20000 ms'),
    });
  });

  it('was not sent when the timeout ends the connecting, and nothing follows', async () => {
    const clock = new VirtualClock();
    let bytes = '';
    const connected = Promise.withResolvers<void>();
    // Accepts TCP and never answers the TLS greeting.
    const port = await listen(
      createTcpServer((socket) => {
        connected.resolve();
        socket.on('data', (chunk) => {
          bytes += chunk.toString('latin1');
        });
      }),
    );
    const lost = transport({ clock }).failure(`https://127.0.0.1:${port}/`);
    await connected.promise;
    await clock.advance(20_000);
    expect(await lost).toMatchObject({ code: 'ETIMEDOUT', sent: false });
    expect(bytes).not.toContain('secret body');
  });

  it('larger than 8 MiB is refused', async () => {
    const port = await listenHttp((_, response) => response.end('x'.repeat(MAX_REPLY_BYTES + 1)));
    expect(await transport().failure(`http://127.0.0.1:${port}/`)).toMatchObject({
      code: 'EMSGSIZE',
      sent: true,
    });
  });

  it('has the reason of the signal when that aborts, before and during', async () => {
    const gone = new Error('gone');
    const reached = Promise.withResolvers<void>();
    const port = await listenHttp(() => reached.resolve());
    const { failure } = transport();
    expect(await failure(`http://127.0.0.1:${port}/`, AbortSignal.abort(gone))).toBe(gone);
    const abort = new AbortController();
    const lost = failure(`http://127.0.0.1:${port}/`, abort.signal);
    await reached.promise;
    abort.abort(gone);
    expect(await lost).toBe(gone);
  });
});

it('closing tears down what is in flight', async () => {
  const reached = Promise.withResolvers<void>();
  const port = await listenHttp(() => reached.resolve());
  const wire = createUndiciTransport({ clock: systemClock, env: {} });
  const lost = wire
    .send({ method: 'GET', url: `http://127.0.0.1:${port}/`, headers: {} })
    .catch((error: unknown) => error);
  await reached.promise;
  await wire.close();
  expect(await lost).toMatchObject({ name: 'TransportError', sent: true });
});
