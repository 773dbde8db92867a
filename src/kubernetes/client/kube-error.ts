import { masked } from '../../runtime/masking.ts';

/** A request to the API server that did not succeed. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** HTTP status; 0 when no reply came. */
  readonly status: number;
  /** The `reason` of the server's Status, such as `NotFound`, `Conflict`, `Expired`; a transport code when no reply came. */
  readonly reason: string;
  /** The server's Retry-After, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { status: number; reason: string; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.reason = options.reason;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** The version that was asked for is too old. */
  get expired(): boolean {
    return this.status === 410 || this.reason === 'Expired' || this.reason === 'Gone';
  }

  /** The server keeps the collection from whoever asks: the permission, or the namespace, is gone. */
  get forbidden(): boolean {
    return this.status === 403 || this.status === 404;
  }

  /** The server does not know how to do what was asked. */
  get refused(): boolean {
    return this.status === 400 || this.status === 422;
  }
}

/** The error that a reply with a Status body (or anything else) stands for. */
export function errorOfReply(
  request: string,
  reply: {
    readonly status: number;
    readonly body: string;
    readonly retryAfter?: string | undefined;
    /** What the request proved its sender with. */
    readonly secrets?: readonly string[];
  },
): KubeError {
  const { status, body } = reply;
  const seconds = Number(reply.retryAfter);
  const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {};
  // A proxy in between may answer in place of the server, and echo the request.
  const clean = (text: unknown) => masked(String(text ?? ''), reply.secrets);
  const parsed = parseStatus(body);
  const reason = clean(parsed?.reason);
  const text = parsed?.message === undefined ? clean(body).slice(0, 300) : clean(parsed.message);
  return new KubeError(`${request}: ${status} ${reason}: ${text}`, { status, reason, ...wait });
}

function parseStatus(body: string): { reason?: string; message?: string } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
