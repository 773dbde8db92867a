/** The wire as a port: one HTTP request in, one response out. undici in production, the simulator's handlers in tests. */

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Absolute URL; its authority is the Host header. */
  readonly url: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request. Rejects with a {@link TransportError}, or with the signal's reason when that aborts. */
export type Transport = (request: HttpRequest, signal?: AbortSignal) => Promise<HttpResponse>;

/** No response came back. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** What went wrong, in the words of the operating system: `ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`, `ENOTFOUND`, `CERT_…`. */
  readonly code: string;
  /** False when the request certainly never reached the server. */
  readonly sent: boolean;

  constructor(code: string, message: string, options: { sent: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = code;
    this.sent = options.sent;
  }
}
