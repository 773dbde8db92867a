/** A proxy that shows a server below a path, as the API server does. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SubPath extends AsyncDisposable {
  readonly url: string;
  /** What was asked beside the path. */
  readonly outside: readonly string[];
}

export async function startSubPath(target: string, prefix: string): Promise<SubPath> {
  const outside: string[] = [];
  const server = createServer((asked, answer) => {
    const path = asked.url ?? '';
    if (!path.startsWith(prefix)) {
      outside.push(path);
      answer.writeHead(404).end();
      return;
    }
    const headers = { ...asked.headers, host: new URL(target).host };
    const passed = request(target + path.slice(prefix.length), { method: asked.method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    passed.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    outside,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
